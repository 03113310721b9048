// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/JointSum.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"
#include "moves/SharedTree.h"

namespace warploom {

namespace {

using namespace clang;

/// A block that sums in shared memory, or by shuffles, so that one thread can add the total to memory: each thread adds
/// its value. Moves know better ways to share such sums out.
class PlainTree : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "an addition a thread"; }
    [[nodiscard]] bool undoesSharing() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        auto made = ofTree(kernel);
        return made ? made : jointSum(kernel);
    }

private:
    static std::optional<std::string> ofTree(const KernelScope& kernel)
    {
        const auto trees = sharedTrees(kernel);
        const auto statements = kernel.statements();
        if (trees.size() != 1 || trees.front().reduction.operation != ReductionOperation::Sum
            || trees.front().results.size() != 1)
            return std::nullopt;
        const auto& tree = trees.front();
        const auto* choice = llvm::dyn_cast<IfStmt>(statements.back());
        const auto* call =
            choice == nullptr ? nullptr : llvm::dyn_cast_or_null<CallExpr>(onlyStatement(choice->getThen()));
        if (call == nullptr || choice->getElse() != nullptr || calleeName(call) != "atomicAdd"
            || call->getNumArgs() != 2 || call->getArg(1)->IgnoreParenImpCasts() != tree.results.front()
            || !isFirstThread(kernel, choice->getCond()) || dependsOnThread(kernel, call->getArg(0), true)
            || statements.size() < 2 || statements[statements.size() - 2] != tree.loop
            || !isOnlyShared(kernel, *tree.array) || !addsAlike(kernel, tree, *call->getArg(0)))
            return std::nullopt;
        return written(kernel, tree, *choice, *call);
    }

    /// Other arrays may count on the tree's barriers.
    static bool isOnlyShared(const KernelScope& kernel, const VarDecl& array)
    {
        bool isOnly = true;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isOnly = isOnly && (var == nullptr || var == &array || !var->hasAttr<CUDASharedAttr>());
            return isOnly;
        });
        return isOnly;
    }

    /// Whether nothing is cut off values on their way through the array, but for the last places of reals.
    static bool addsAlike(const KernelScope& kernel, const SharedTree& tree, const Expr& target)
    {
        const auto element = innermostElement(tree.array->getType()).getUnqualifiedType();
        const auto value = tree.value->IgnoreParenImpCasts()->getType();
        const auto sum = target.getType()->getPointeeType();
        const auto& context = kernel.source().context();
        return element->isRealFloatingType()
            ? sum->isRealFloatingType() && context.getTypeSize(value) <= context.getTypeSize(element)
            : value->isIntegerType() && context.hasSameUnqualifiedType(element, value)
                && context.hasSameUnqualifiedType(element, sum);
    }

    static bool isFirstThread(const KernelScope& kernel, const Expr* condition)
    {
        const auto* binary = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
        const auto* negated = llvm::dyn_cast<UnaryOperator>(condition->IgnoreParenImpCasts());
        const auto thread = IndexForm::symbol(threadSymbol(0));
        if (negated != nullptr && negated->getOpcode() == UO_LNot)
            return kernel.form(negated->getSubExpr()->IgnoreParenImpCasts()) == thread;
        const auto zero = binary == nullptr ? std::nullopt : kernel.form(binary->getRHS()->IgnoreParenImpCasts());
        return binary != nullptr && binary->getOpcode() == BO_EQ && zero && zero->isZero()
            && kernel.form(binary->getLHS()->IgnoreParenImpCasts()) == thread;
    }

    static std::optional<std::string> written(const KernelScope& kernel, const SharedTree& tree, const IfStmt& choice,
                                              const CallExpr& call)
    {
        const auto& source = kernel.source();
        const auto target = source.text(call.getArg(0));
        const auto last = source.statementRange(&choice);
        const auto value = addedValue(kernel, tree.value);
        const DeclStmt* declaration = nullptr;
        for (const Stmt* statement : kernel.statements())
            if (const auto* one = llvm::dyn_cast<DeclStmt>(statement);
                one != nullptr && one->isSingleDecl() && one->getSingleDecl() == tree.array)
                declaration = one;
        if (target.empty() || !last || value.second.empty() || declaration == nullptr)
            return std::nullopt;
        SourceEdit edit(source.text());
        for (const Stmt* gone :
             {static_cast<const Stmt*>(declaration), tree.store, tree.barrier, static_cast<const Stmt*>(tree.loop)}) {
            const auto range = source.statementRange(gone);
            if (!range)
                return std::nullopt;
            edit.removeWithLine(*range);
        }
        const auto addition = fmt::format("atomicAdd({}, {});", target, value.second);
        edit.replace(*last,
                     value.first.empty() ? addition
                                         : fmt::format("if ({})\n{}    {}", value.first,
                                                       indentationAt(source.text(), last->begin), addition));
        return edit.apply();
    }

    /// Of condition ? value : 0 both, else the value alone.
    static std::pair<std::string, std::string> addedValue(const KernelScope& kernel, const Expr* value)
    {
        const auto& source = kernel.source();
        const auto* ternary = llvm::dyn_cast<ConditionalOperator>(value->IgnoreParenImpCasts());
        if (ternary != nullptr && isZero(kernel, ternary->getFalseExpr()))
            return {source.text(ternary->getCond()), source.text(ternary->getTrueExpr())};
        return {{}, source.text(value)};
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainTree() { return std::make_unique<PlainTree>(); }

}  // namespace warploom
