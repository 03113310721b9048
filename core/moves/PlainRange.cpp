// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// int b = start[s], e = start[s + 1]; for (int i = 0; i < e - b; ++i) … v[b + i] counts from b to e.
class PlainRange : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a count from begin to end"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (!made && llvm::isa<ForStmt>(node))
                made = rewritten(kernel, node);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const Stmt* statement)
    {
        const auto loop = kernel.countedLoop(statement);
        const auto start = loop ? kernel.form(loop->start) : std::nullopt;
        if (!loop || loop->step != nullptr || !start || !start->isZero())
            return std::nullopt;
        const auto* length = settled(kernel, loop->bound);
        const auto* difference = llvm::dyn_cast<BinaryOperator>(length);
        if (difference == nullptr || difference->getOpcode() != BO_Sub)
            return std::nullopt;
        const auto* begin = uncast(difference->getRHS());
        const auto& context = kernel.source().context();
        if (begin == nullptr || kernel.isModified(begin) || !isLoaded(kernel, begin) || !isOnlyName(kernel, begin)
            || !context.hasSameUnqualifiedType(begin->getType(), loop->var->getType())
            || !context.hasSameUnqualifiedType(difference->getType(), loop->var->getType()))
            return std::nullopt;
        return fromBegin(kernel, *loop, *begin, *difference->getLHS());
    }

    /// Through variables that stand for one value.
    static const Expr* settled(const KernelScope& kernel, const Expr* expression)
    {
        expression = expression->IgnoreParenImpCasts();
        const auto* var = plainVariable(expression);
        const auto& context = kernel.source().context();
        const auto* value = var != nullptr && var->isLocalVarDecl() && var->hasInit() && !kernel.isModified(var)
            ? var->getInit()->IgnoreParenImpCasts()
            : nullptr;
        return value != nullptr && context.hasSameUnqualifiedType(value->getType(), var->getType()) ? value
                                                                                                    : expression;
    }

    /// The variable that \p expression is, not cut to another type.
    static const VarDecl* uncast(const Expr* expression)
    {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression->IgnoreParenImpCasts());
        return reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
    }

    static bool isLoaded(const KernelScope& kernel, const VarDecl* var)
    {
        return var->isLocalVarDecl() && var->hasInit() && !kernel.accesses(var->getInit()).empty();
    }

    static std::optional<std::string> fromBegin(const KernelScope& kernel, const CountedLoop& loop,
                                                const VarDecl& begin, const Expr& end)
    {
        const auto& source = kernel.source();
        const auto startAt = source.range(loop.start);
        const auto boundAt = source.range(loop.bound);
        const auto* last = uncast(&end);
        const auto name = loop.var->getName().str();
        if (!startAt || !boundAt || last == nullptr || kernel.isModified(last) || !isOnlyName(kernel, last))
            return std::nullopt;
        SourceEdit edit(source.text());
        edit.replace(*startAt, begin.getName().str());
        edit.replace(*boundAt, last->getName().str());
        for (const auto* reference : kernel.references(loop.var, loop.statement->getBody())) {
            const Stmt* above = kernel.parent(reference);
            while (llvm::isa_and_nonnull<ImplicitCastExpr>(above))
                above = kernel.parent(above);
            const auto* sum = llvm::dyn_cast_or_null<BinaryOperator>(above);
            const bool isPlace = sum != nullptr && sum->getOpcode() == BO_Add
                && (uncast(sum->getLHS()) == &begin || uncast(sum->getRHS()) == &begin);
            const auto at = source.range(isPlace ? static_cast<const Stmt*>(sum) : reference);
            if (!at)
                return std::nullopt;
            edit.replace(*at, isPlace ? name : fmt::format("({} - {})", name, begin.getName().str()));
        }
        return edit.apply();
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainRange() { return std::make_unique<PlainRange>(); }

}  // namespace warploom
