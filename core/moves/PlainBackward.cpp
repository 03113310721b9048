// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// for (int t = n - 1; t >= 0; --t) counts what it has done: for (int done = 0; done < n; ++done), t being n - 1 -
/// done.
class PlainBackward : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a loop that counts up"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            // Within others there are steps of a search, or of a list that is sorted.
            const bool isLoop = llvm::isa<ForStmt, WhileStmt, DoStmt>(node);
            if (const auto* loop = llvm::dyn_cast<ForStmt>(node); loop != nullptr && !made)
                made = rewritten(kernel, *loop);
            return !made && !isLoop;
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
        if (var == nullptr || !var->hasInit() || !var->getType()->isSignedIntegerType() || !countsDown(loop, *var)
            || kernel.isModifiedWithin(var, loop.getBody()) || !staysAsIs(kernel, loop, var->getInit()))
            return std::nullopt;
        const auto count = countOf(kernel, loop, *var);
        const auto& source = kernel.source();
        const auto head = source.range(SourceRange(loop.getInit()->getBeginLoc(), loop.getInc()->getEndLoc()));
        const auto start = source.text(var->getInit()->IgnoreImpCasts());
        if (count.empty() || start.empty() || !head)
            return std::nullopt;
        const auto name = source.directives().freshName("done");
        const auto* plain = var->getInit()->IgnoreImpCasts();
        const auto* binary = llvm::dyn_cast<BinaryOperator>(plain);
        const bool isPlain = llvm::isa<ParenExpr, DeclRefExpr, IntegerLiteral>(plain)
            || (binary != nullptr && (binary->isAdditiveOp() || binary->isMultiplicativeOp()));
        const auto names = kernel.renaming(
            var, loop.getBody(), fmt::format(fmt::runtime(isPlain ? "({} - {})" : "(({}) - {})"), start, name));
        if (!names)
            return std::nullopt;
        SourceEdit edit(source.text());
        edit.replace(*head,
                     fmt::format("{} {} = 0; {} < {}; ++{}",
                                 var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy()),
                                 name, name, count, name));
        for (const auto& one : *names)
            edit.replace(one.range, one.text);
        return edit.apply();
    }

    /// t-- or t -= 1.
    static bool countsDown(const ForStmt& loop, const VarDecl& var)
    {
        const auto* step = loop.getInc() == nullptr ? nullptr : loop.getInc()->IgnoreParens();
        if (const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(step))
            return unary->isDecrementOp() && plainVariable(unary->getSubExpr()) == &var;
        const auto* assignment = llvm::dyn_cast_or_null<CompoundAssignOperator>(step);
        const auto* by = assignment == nullptr
            ? nullptr
            : llvm::dyn_cast<IntegerLiteral>(assignment->getRHS()->IgnoreParenImpCasts());
        return by != nullptr && by->getValue() == 1 && assignment->getOpcode() == BO_SubAssign
            && plainVariable(assignment->getLHS()) == &var;
    }

    /// Whether \p bound is made of numbers that \p loop does not change.
    static bool staysAsIs(const KernelScope& kernel, const ForStmt& loop, const Expr* bound)
    {
        bool stays = kernel.accesses(bound).empty() && !bound->HasSideEffects(kernel.source().context());
        walk(bound, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            stays = stays && !llvm::isa<CallExpr>(node) && (var == nullptr || !kernel.isModifiedWithin(var, &loop));
            return stays;
        });
        return stays;
    }

    /// How many rounds there are; empty where that is not known.
    static std::string countOf(const KernelScope& kernel, const ForStmt& loop, const VarDecl& var)
    {
        const auto& source = kernel.source();
        const auto* comparison =
            loop.getCond() == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(loop.getCond()->IgnoreParenImpCasts());
        if (comparison == nullptr || (comparison->getOpcode() != BO_GE && comparison->getOpcode() != BO_GT)
            || plainVariable(comparison->getLHS()) != &var || !staysAsIs(kernel, loop, comparison->getRHS())
            || !comparison->getRHS()->IgnoreImpCasts()->getType()->isSignedIntegerType())
            return {};
        const auto start = source.text(var.getInit()->IgnoreImpCasts());
        const auto last = source.text(comparison->getRHS()->IgnoreImpCasts());
        const auto lastForm = kernel.form(comparison->getRHS());
        const bool isFirst = lastForm && lastForm->isZero();
        if (start.empty() || last.empty())
            return {};
        const auto* begin = llvm::dyn_cast<BinaryOperator>(var.getInit()->IgnoreParenImpCasts());
        const auto* one = begin == nullptr || begin->getOpcode() != BO_Sub
            ? nullptr
            : llvm::dyn_cast<IntegerLiteral>(begin->getRHS()->IgnoreParenImpCasts());
        if (isFirst && comparison->getOpcode() == BO_GE && one != nullptr && one->getValue() == 1)
            return source.text(begin->getLHS()->IgnoreImpCasts());
        return fmt::format("({}){}{}", start, isFirst ? "" : fmt::format(" - ({})", last),
                           comparison->getOpcode() == BO_GE ? " + 1" : "");
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainBackward() { return std::make_unique<PlainBackward>(); }

}  // namespace warploom
