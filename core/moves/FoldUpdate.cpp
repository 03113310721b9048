// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FoldUpdate.h"

#include "moves/FoldLoop.h"

namespace warploom {

using namespace clang;

namespace {

class UpdateReader {
public:
    explicit UpdateReader(const KernelScope& kernel, const VarDecl* var)
        : m_kernel(kernel)
    {
        m_update.reduction.var = var;
    }

    bool read(const Stmt* statement)
    {
        const auto* acc = m_update.reduction.var;
        const auto reduction = reductionOf(m_kernel, acc, statement);
        if (!reduction)
            return false;
        m_update.reduction = *reduction;
        const auto* choice = llvm::dyn_cast<IfStmt>(statement);
        if (choice == nullptr)
            return readAssignment(llvm::dyn_cast<Expr>(statement));
        if (choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage())
            return false;
        const auto inner = statementsIn(choice->getThen());
        const auto* only = inner.size() == 1 ? llvm::dyn_cast<Expr>(inner.front()) : nullptr;
        // if (e > acc) acc = e;
        if (!m_kernel.references(acc, choice->getCond()).empty())
            return only != nullptr && readAssignment(only);
        const bool hasNeutral =
            reduction->operation == ReductionOperation::Sum || reduction->operation == ReductionOperation::Product;
        m_update.condition = choice->getCond();
        return hasNeutral && only != nullptr && readAssignment(only);
    }

    [[nodiscard]] const FoldUpdate& update() const { return m_update; }

private:
    bool readAssignment(const Expr* expression)
    {
        const auto* acc = m_update.reduction.var;
        // Counted by ++.
        if (const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(expression))
            return unary->isIncrementOp() && plainVariable(unary->getSubExpr()) == acc;
        const auto* assignment = llvm::dyn_cast_or_null<BinaryOperator>(expression);
        if (assignment == nullptr || plainVariable(assignment->getLHS()) != acc)
            return false;
        if (const auto* compound = llvm::dyn_cast<CompoundAssignOperator>(assignment)) {
            m_update.isNegated = compound->getOpcode() == BO_SubAssign;
            return isOfType(compound->getComputationResultType()) && add(compound->getRHS());
        }
        const Expr* value = assignment->getRHS()->IgnoreParenImpCasts();
        if (const auto* call = llvm::dyn_cast<CallExpr>(value)) {
            if (!isOfType(call->getType()))
                return false;
            bool done = true;
            for (const Expr* argument : call->arguments())
                done = done && (plainVariable(argument) == acc || add(argument));
            return done;
        }
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(value);
            binary != nullptr && (plainVariable(binary->getLHS()) == acc || plainVariable(binary->getRHS()) == acc)) {
            m_update.isNegated = binary->getOpcode() == BO_Sub;
            return isOfType(binary->getType())
                && add(plainVariable(binary->getLHS()) == acc ? binary->getRHS() : binary->getLHS());
        }
        if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(value);
            choice != nullptr && !m_kernel.references(acc, choice).empty()) {
            const auto* other =
                plainVariable(choice->getTrueExpr()) == acc ? choice->getFalseExpr() : choice->getTrueExpr();
            return isOfType(choice->getType()) && isComparedWith(choice->getCond(), other) && add(other);
        }
        return isOfType(value->getType()) && add(value);
    }

    /// Whether \p other is what the variable is compared with.
    [[nodiscard]] bool isComparedWith(const Expr* condition, const Expr* other) const
    {
        const auto* comparison = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
        if (comparison == nullptr)
            return false;
        const auto* compared =
            plainVariable(comparison->getLHS()) == m_update.reduction.var ? comparison->getRHS() : comparison->getLHS();
        const auto text = m_kernel.source().text(other->IgnoreParenImpCasts());
        return !text.empty() && text == m_kernel.source().text(compared->IgnoreParenImpCasts());
    }

    [[nodiscard]] bool isOfType(QualType type) const
    {
        return m_kernel.source().context().hasSameUnqualifiedType(type, m_update.type());
    }

    bool add(const Expr* factor)
    {
        m_update.factors.push_back(factor);
        return m_kernel.references(m_update.reduction.var, factor).empty()
            && m_kernel.source().range(factor).has_value();
    }

    const KernelScope& m_kernel;
    FoldUpdate m_update;
};

}  // namespace

std::vector<const Stmt*> FoldUpdate::parts() const
{
    std::vector<const Stmt*> parts(factors.begin(), factors.end());
    if (condition != nullptr)
        parts.push_back(condition);
    return parts;
}

std::optional<FoldUpdate> foldUpdate(const KernelScope& kernel, const VarDecl* var, const Stmt* statement)
{
    UpdateReader reader(kernel, var);
    return reader.read(statement) ? std::optional(reader.update()) : std::nullopt;
}

std::string foldedText(const KernelScope& kernel, const FoldUpdate& update,
                       const std::function<std::string(const Stmt*)>& textOf)
{
    const auto& context = kernel.source().context();
    // Products and negations are of the fold's type, as they were.
    const bool isAsIs = update.factors.size() == 1 && !update.isNegated;
    std::string value;
    for (const auto* factor : update.factors) {
        auto text = textOf(factor);
        if (!isAsIs && !context.hasSameUnqualifiedType(factor->IgnoreParenImpCasts()->getType(), update.type()))
            text = fmt::format("static_cast<{}>({})", update.type().getAsString(context.getPrintingPolicy()), text);
        value += update.factors.size() == 1 ? text : fmt::format("{}({})", value.empty() ? "" : " * ", text);
    }
    if (value.empty())
        value = "1";
    return update.isNegated ? fmt::format("-({})", value) : value;
}

std::string neutralText(const Reduction& reduction)
{
    switch (reduction.operation) {
    case ReductionOperation::Sum:
        return "0";
    case ReductionOperation::Product:
        return "1";
    default:
        return reduction.var->getNameAsString();
    }
}

}  // namespace warploom
