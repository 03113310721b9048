// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// for (t = 0; t != n; t += 1), t <= n - 1 and n > t are other ways to say for (t = 0; t < n; ++t).
class PlainLimit : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a loop that stays below its end"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* loop = llvm::dyn_cast<ForStmt>(node); loop != nullptr && !made)
                made = rewritten(kernel, *loop);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const ForStmt& loop)
    {
        const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(loop.getInit());
        const auto* var = declaration == nullptr || !declaration->isSingleDecl()
            ? nullptr
            : llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
        const auto* condition =
            loop.getCond() == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(loop.getCond()->IgnoreParenImpCasts());
        if (var == nullptr || !var->hasInit() || !var->getType()->isIntegerType() || condition == nullptr
            || loop.getInc() == nullptr || kernel.isModifiedWithin(var, loop.getBody()))
            return std::nullopt;
        const bool isByOne = countsByOne(loop, *var);
        const auto limit = isByOne ? limitText(kernel, *var, *condition) : std::string();
        const bool isPlainStep = llvm::isa<UnaryOperator>(loop.getInc()->IgnoreParens());
        const auto place = kernel.source().range(condition);
        const auto step = kernel.source().range(loop.getInc());
        if (!place || !step || !isByOne || (limit.empty() && isPlainStep))
            return std::nullopt;
        const auto name = var->getName().str();
        SourceEdit edit(kernel.source().text());
        if (!limit.empty())
            edit.replace(*place, fmt::format("{} < {}", name, limit));
        if (!isPlainStep)
            edit.replace(*step, "++" + name);
        return edit.apply();
    }

    /// ++t, t += 1 or t = t + 1.
    static bool countsByOne(const ForStmt& loop, const VarDecl& var)
    {
        const auto* step = loop.getInc()->IgnoreParens();
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(step))
            return unary->isIncrementOp() && plainVariable(unary->getSubExpr()) == &var;
        const auto* assignment = llvm::dyn_cast<BinaryOperator>(step);
        if (assignment == nullptr || !assignment->isAssignmentOp() || plainVariable(assignment->getLHS()) != &var)
            return false;
        if (assignment->getOpcode() == BO_AddAssign)
            return isOne(assignment->getRHS());
        const auto* sum = llvm::dyn_cast<BinaryOperator>(assignment->getRHS()->IgnoreParenImpCasts());
        return assignment->getOpcode() == BO_Assign && sum != nullptr && sum->getOpcode() == BO_Add
            && ((plainVariable(sum->getLHS()) == &var && isOne(sum->getRHS()))
                || (plainVariable(sum->getRHS()) == &var && isOne(sum->getLHS())));
    }

    static bool isOne(const Expr* value)
    {
        const auto* literal = llvm::dyn_cast<IntegerLiteral>(value->IgnoreParenImpCasts());
        return literal != nullptr && literal->getValue() == 1;
    }

    /// What the variable stays below; empty where the condition says that already, or something else.
    static std::string limitText(const KernelScope& kernel, const VarDecl& var, const BinaryOperator& condition)
    {
        const bool isLeft = plainVariable(condition.getLHS()) == &var;
        if (!condition.isComparisonOp() || (!isLeft && plainVariable(condition.getRHS()) != &var))
            return {};
        const auto* limit = (isLeft ? condition.getRHS() : condition.getLHS())->IgnoreParenImpCasts();
        const auto kind = isLeft ? condition.getOpcode() : BinaryOperator::reverseComparisonOp(condition.getOpcode());
        if (!limit->getType()->isIntegerType() || !kernel.references(&var, limit).empty())
            return {};
        if (kind == BO_LT && !isLeft)
            return operandText(kernel, limit);
        if (kind == BO_NE)
            return isReached(kernel, var, *limit) ? operandText(kernel, limit) : std::string();
        return kind == BO_LE && isCount(kernel, var, *limit) ? behind(kernel, *limit) : std::string();
    }

    /// Whether it counts from some number on to another: windows, from -2 to 2, are known by both. One more than the
    /// largest number is none only where numbers have a sign.
    static bool isCount(const KernelScope& kernel, const VarDecl& var, const Expr& last)
    {
        const auto start = kernel.form(var.getInit());
        const auto first = start ? start->constantValue() : std::nullopt;
        return !last.isValueDependent() && last.getType()->isSignedIntegerType() && var.getType()->isSignedIntegerType()
            && first && *first >= 0 && !last.isEvaluatable(kernel.source().context());
    }

    /// Whether a variable that is counted up to \p limit cannot begin behind it: it would have to count past the
    /// largest number.
    static bool isReached(const KernelScope& kernel, const VarDecl& var, const Expr& limit)
    {
        bool isSteady = kernel.accesses(&limit).empty();
        walk(&limit, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* used = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isSteady = isSteady && !llvm::isa<CallExpr>(node)
                && (used == nullptr || (!used->isFileVarDecl() && !kernel.isModified(used)));
            return isSteady;
        });
        return isSteady && (var.getType()->isSignedIntegerType() || isZero(kernel, var.getInit()));
    }

    /// \p last + 1; n for n - 1.
    static std::string behind(const KernelScope& kernel, const Expr& last)
    {
        const auto* difference = llvm::dyn_cast<BinaryOperator>(&last);
        if (difference != nullptr && difference->getOpcode() == BO_Sub && isOne(difference->getRHS())
            && difference->getLHS()->IgnoreParenImpCasts()->getType()->isSignedIntegerType())
            return operandText(kernel, difference->getLHS()->IgnoreParenImpCasts());
        const auto text = operandText(kernel, &last);
        return text.empty() ? text : text + " + 1";
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainLimit() { return std::make_unique<PlainLimit>(); }

}  // namespace warploom
