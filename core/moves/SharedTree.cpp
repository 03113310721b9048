// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/SharedTree.h"

#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

bool isBarrier(const Stmt* statement)
{
    const auto* call = llvm::dyn_cast_or_null<CallExpr>(statement);
    return call != nullptr && calleeName(call) == "__syncthreads";
}

class TreeReader {
public:
    explicit TreeReader(const KernelScope& kernel)
        : m_kernel(kernel)
        , m_thread(IndexForm::symbol(threadSymbol(0)))
    {
    }

    std::vector<SharedTree> trees()
    {
        std::vector<SharedTree> found;
        if (!hasWholeBlocks())
            return found;
        const auto statements = m_kernel.statements();
        for (std::size_t i = 0; i + 2 < statements.size(); ++i)
            if (auto tree = treeAt(statements, i))
                found.push_back(std::move(*tree));
        std::set<const VarDecl*> arrays;
        for (const auto& tree : found)
            arrays.insert(tree.array);
        std::set<const VarDecl*> refused;
        for (const auto* array : arrays)
            if (!accountsForAll(found, *array))
                refused.insert(array);
        std::erase_if(found, [&](const SharedTree& tree) { return refused.count(tree.array) > 0; });
        return found;
    }

private:
    bool hasWholeBlocks()
    {
        const auto& directives = m_kernel.source().directives();
        const auto launches = m_kernel.launches();
        return !launches.empty() && std::ranges::all_of(launches, [&](const LaunchLine* launch) {
            const auto* tune = directives.findTune(directives.text(launch->block));
            const auto value = directives.value(launch->block);
            const auto isWhole = [](std::int64_t size) {
                return size >= 32 && size <= 1024 && (size & (size - 1)) == 0;
            };
            // What is half of one launch's block is not half of another's.
            const bool isSame = !m_block || m_block == value;
            m_block = value;
            return isSame && launch->blockParts.size() == 1 && value && isWhole(*value)
                && (tune == nullptr ? directives.text(launch->block) == std::to_string(*value)
                                    : std::ranges::all_of(tune->values, isWhole));
        });
    }

    std::optional<SharedTree> treeAt(const std::vector<const Stmt*>& statements, std::size_t at)
    {
        SharedTree tree;
        const auto* store = llvm::dyn_cast<BinaryOperator>(statements[at]);
        if (store == nullptr || store->getOpcode() != BO_Assign || !isBarrier(statements[at + 1]))
            return std::nullopt;
        const auto place = elementOf(store->getLHS());
        tree.loop = llvm::dyn_cast<ForStmt>(statements[at + 2]);
        if (!place || *place->index != m_thread || tree.loop == nullptr)
            return std::nullopt;
        tree.array = place->base;
        tree.store = store;
        tree.value = store->getRHS();
        tree.barrier = statements[at + 1];
        if (!m_kernel.references(tree.array, tree.value).empty() || !readLoop(tree))
            return std::nullopt;
        return tree;
    }

    std::optional<Access> elementOf(const Expr* expression) const
    {
        expression = expression->IgnoreParenImpCasts();
        for (const auto& access : m_kernel.accesses(expression))
            if (access.expression == expression && isSharedArray(access.base) && access.index)
                return access;
        return std::nullopt;
    }

    bool readLoop(SharedTree& tree) const
    {
        const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(tree.loop->getInit());
        const auto* step = declaration != nullptr && declaration->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
            : nullptr;
        const auto* body = llvm::dyn_cast<CompoundStmt>(tree.loop->getBody());
        if (step == nullptr || !step->hasInit() || body == nullptr || body->size() != 2
            || !isBarrier(body->body_back()))
            return false;
        const auto* choice = llvm::dyn_cast<IfStmt>(body->body_front());
        if (choice == nullptr || choice->getElse() != nullptr)
            return false;
        const bool halves = isHalving(*tree.loop, step) && isBelow(choice->getCond(), step);
        const bool doubles = isDoubling(*tree.loop, step) && isMultiple(choice->getCond(), step);
        return (halves || doubles) && readCombination(tree, onlyStatement(choice->getThen()), step);
    }

    bool isBlock(const IndexForm& form, std::int64_t divisor) const
    {
        const auto block = IndexForm::symbol(blockSizeSymbol(0));
        const auto whole = divisor == 1 ? block : IndexForm::opaque("/", block, IndexForm::constant(divisor));
        return form == whole || (m_block && form == IndexForm::constant(*m_block / divisor));
    }

    bool isHalving(const ForStmt& loop, const VarDecl* step) const
    {
        const auto start = m_kernel.form(step->getInit()->IgnoreParenImpCasts());
        const auto* condition = llvm::dyn_cast_or_null<BinaryOperator>(loop.getCond());
        const auto* next = llvm::dyn_cast_or_null<CompoundAssignOperator>(loop.getInc());
        const auto amount = next == nullptr ? std::nullopt : m_kernel.form(next->getRHS());
        const auto limit = condition == nullptr ? std::nullopt : m_kernel.form(condition->getRHS());
        return start && isBlock(*start, 2) && amount && limit && plainVariable(next->getLHS()) == step
            && plainVariable(condition->getLHS()) == step
            && ((next->getOpcode() == BO_ShrAssign && amount->isOne())
                || (next->getOpcode() == BO_DivAssign && amount->constantValue() == 2))
            && ((condition->getOpcode() == BO_GT && limit->isZero())
                || (condition->getOpcode() == BO_GE && limit->isOne()));
    }

    bool isDoubling(const ForStmt& loop, const VarDecl* step) const
    {
        const auto start = m_kernel.form(step->getInit()->IgnoreParenImpCasts());
        const auto* condition = llvm::dyn_cast_or_null<BinaryOperator>(loop.getCond());
        const auto* next = llvm::dyn_cast_or_null<CompoundAssignOperator>(loop.getInc());
        const auto amount = next == nullptr ? std::nullopt : m_kernel.form(next->getRHS());
        const auto* last = condition == nullptr ? nullptr : condition->getRHS()->IgnoreParenImpCasts();
        const auto limit = last == nullptr ? std::nullopt : m_kernel.form(last);
        return start && start->isOne() && amount && limit && isBlock(*limit, 1) && condition->getOpcode() == BO_LT
            && plainVariable(next->getLHS()) == step && plainVariable(condition->getLHS()) == step
            && ((next->getOpcode() == BO_ShlAssign && amount->isOne())
                || (next->getOpcode() == BO_MulAssign && amount->constantValue() == 2));
    }

    /// thread < step
    bool isBelow(const Expr* expression, const VarDecl* step) const
    {
        const auto* condition = llvm::dyn_cast<BinaryOperator>(expression->IgnoreParenImpCasts());
        return condition != nullptr && condition->getOpcode() == BO_LT
            && m_kernel.form(condition->getLHS()->IgnoreParenImpCasts()) == m_thread
            && plainVariable(condition->getRHS()) == step;
    }

    /// thread % (2 * step) == 0
    bool isMultiple(const Expr* expression, const VarDecl* step) const
    {
        const auto* condition = llvm::dyn_cast<BinaryOperator>(expression->IgnoreParenImpCasts());
        const auto* rest = condition == nullptr || condition->getOpcode() != BO_EQ
            ? nullptr
            : llvm::dyn_cast<BinaryOperator>(condition->getLHS()->IgnoreParenImpCasts());
        const auto zero = rest == nullptr ? std::nullopt : m_kernel.form(condition->getRHS()->IgnoreParenImpCasts());
        const auto twice = rest == nullptr ? std::nullopt : m_kernel.form(rest->getRHS()->IgnoreParenImpCasts());
        return zero && zero->isZero() && twice && rest->getOpcode() == BO_Rem
            && m_kernel.form(rest->getLHS()->IgnoreParenImpCasts()) == m_thread
            && *twice == IndexForm::symbol(m_kernel.symbolOf(step)) * IndexForm::constant(2);
    }

    bool readCombination(SharedTree& tree, const Stmt* statement, const VarDecl* step) const
    {
        const auto* assignment = llvm::dyn_cast_or_null<BinaryOperator>(statement);
        if (assignment == nullptr || !isOwn(tree, assignment->getLHS()))
            return false;
        if (assignment->getOpcode() == BO_AddAssign) {
            tree.reduction.operation = ReductionOperation::Sum;
            return isPartner(tree, assignment->getRHS(), step);
        }
        if (assignment->getOpcode() != BO_Assign)
            return false;
        const auto* value = assignment->getRHS()->IgnoreParenImpCasts();
        const auto isPair = [&](const Expr* a, const Expr* b) {
            return (isOwn(tree, a) && isPartner(tree, b, step)) || (isOwn(tree, b) && isPartner(tree, a, step));
        };
        if (const auto* sum = llvm::dyn_cast<BinaryOperator>(value)) {
            tree.reduction.operation = ReductionOperation::Sum;
            return sum->getOpcode() == BO_Add && isPair(sum->getLHS(), sum->getRHS());
        }
        const auto* call = llvm::dyn_cast<CallExpr>(value);
        if (call == nullptr || call->getNumArgs() != 2 || !isPair(call->getArg(0), call->getArg(1)))
            return false;
        tree.reduction.function = calleeName(call);
        const bool isMax =
            tree.reduction.function == "fmaxf" || tree.reduction.function == "max" || tree.reduction.function == "fmax";
        const bool isMin =
            tree.reduction.function == "fminf" || tree.reduction.function == "min" || tree.reduction.function == "fmin";
        tree.reduction.operation = isMax ? ReductionOperation::Max : ReductionOperation::Min;
        return isMax || isMin;
    }

    bool isOwn(const SharedTree& tree, const Expr* expression) const
    {
        const auto place = elementOf(expression);
        return place && place->base == tree.array && *place->index == m_thread;
    }

    bool isPartner(const SharedTree& tree, const Expr* expression, const VarDecl* step) const
    {
        const auto place = elementOf(expression);
        return place && place->base == tree.array
            && *place->index == m_thread + IndexForm::symbol(m_kernel.symbolOf(step));
    }

    /// Gives each tree the readings of its result; false when the array is used in any other way.
    bool accountsForAll(std::vector<SharedTree>& trees, const VarDecl& array) const
    {
        for (const auto& access : m_kernel.accesses(m_kernel.kernel().getBody())) {
            if (access.base != &array)
                continue;
            SharedTree* before = nullptr;
            bool isPart = false;
            for (auto& tree : trees) {
                const auto begin = access.expression->getBeginLoc();
                if (tree.array != &array || begin < tree.store->getBeginLoc())
                    continue;
                isPart = isPart || begin < tree.loop->getEndLoc();
                before = &tree;
            }
            if (isPart && before != nullptr && access.expression->getBeginLoc() < before->loop->getEndLoc())
                continue;
            if (before == nullptr || access.writes || !access.index || !access.index->isZero()
                || m_kernel.parent(before->loop) != m_kernel.kernel().getBody())
                return false;
            before->results.push_back(access.expression);
        }
        const auto uses = m_kernel.references(&array, m_kernel.kernel().getBody());
        std::size_t known = 0;
        for (const auto& access : m_kernel.accesses(m_kernel.kernel().getBody()))
            known += access.base == &array ? 1 : 0;
        return known == uses.size();
    }

    const KernelScope& m_kernel;
    IndexForm m_thread;
    std::optional<std::int64_t> m_block;
};

}  // namespace

std::vector<SharedTree> sharedTrees(const KernelScope& kernel) { return TreeReader(kernel).trees(); }

}  // namespace warploom
