// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/WorkedFactor.h"

#include "moves/GridKernel.h"
#include "moves/SharedValues.h"

namespace warploom {

using namespace clang;

namespace {

/// \p value, what \p var was set to, as an operand of the same type.
std::string valueText(const KernelScope& kernel, const VarDecl& var, const std::string& value)
{
    const auto type = var.getType().getUnqualifiedType();
    const Expr* init = var.getInit()->IgnoreParenImpCasts();
    if (!kernel.source().context().hasSameUnqualifiedType(init->getType(), type))
        return fmt::format("static_cast<{}>({})", typeText(kernel, type), value);
    const bool isOne = llvm::isa<CXXNamedCastExpr, CallExpr, ArraySubscriptExpr, DeclRefExpr>(init);
    return isOne ? value : "(" + value + ")";
}

}  // namespace

std::optional<std::string> resolvedText(const KernelScope& kernel, const Expr* expression,
                                        const std::set<const VarDecl*>& locals)
{
    const auto& source = kernel.source();
    const auto range = source.range(expression);
    std::vector<Replacement> changes;
    bool isWhole = range.has_value();
    walk(expression, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (!isWhole || var == nullptr || locals.count(var) == 0)
            return isWhole;
        const auto place = source.range(reference);
        const auto value = resolvedText(kernel, var->getInit(), locals);
        isWhole = place && value;
        if (isWhole)
            changes.push_back({*place, valueText(kernel, *var, *value)});
        return isWhole;
    });
    return isWhole ? std::optional(rewritten(source.text(), *range, std::move(changes))) : std::nullopt;
}

std::optional<WorkedFactor> workedFactor(const KernelScope& kernel, const Expr* factor, const VarDecl* own,
                                         const VarDecl* other, const VarDecl* depth,
                                         const std::set<const VarDecl*>& locals)
{
    SharedValues values(kernel);
    for (const auto* var : {own, other, depth})
        values.admit(var);
    for (const auto* var : locals)
        values.admit(var);
    std::set<const VarDecl*> variables;
    std::vector<Access> loads;
    if (!factor->getType()->isArithmeticType() || !values.collect(factor, variables, loads) || loads.empty()
        || variables.count(own) == 0 || variables.count(depth) == 0 || variables.count(other) > 0)
        return std::nullopt;
    const auto range = kernel.source().range(factor);
    auto text = resolvedText(kernel, factor, locals);
    if (!range || !text)
        return std::nullopt;
    return WorkedFactor{factor, std::move(*text), *range, factor->getType().getUnqualifiedType(), loads.front().base};
}

}  // namespace warploom
