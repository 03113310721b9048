// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"
#include "moves/Reduction.h"

namespace warploom {

namespace {

using namespace clang;

/// Threads that stride over the grid, each adding its sum to memory in the end: each item is added by a thread of its
/// own. Moves choose anew how many items a thread sums.
class PlainAtomicSum : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "an addition an item"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* launch = onlyLaunch(kernel);
        const auto statements = kernel.statements();
        if (launch == nullptr || statements.size() < 3 || launch->gridParts.size() != 1
            || launch->blockParts.size() != 1 || declaresShared(kernel))
            return std::nullopt;
        const auto loop = kernel.countedLoop(statements[statements.size() - 2]);
        const auto* call = llvm::dyn_cast<CallExpr>(statements.back());
        // More blocks run what stands before.
        const bool isAlone = std::all_of(statements.begin(), statements.end() - 2, [&](const Stmt* statement) {
            return llvm::isa<DeclStmt>(statement) && kernel.accesses(statement).empty();
        });
        if (!loop || !isAlone || call == nullptr || calleeName(call) != "atomicAdd" || call->getNumArgs() != 2)
            return std::nullopt;
        const auto* sum = plainVariable(call->getArg(1));
        const auto step = loop->step == nullptr ? std::nullopt : kernel.form(loop->step);
        const bool isStride = isThreadIndex(kernel, loop->start, 0) && step
            && *step == IndexForm::symbol(blockSizeSymbol(0)) * IndexForm::symbol(gridSizeSymbol(0));
        if (sum == nullptr || !isStride || kernel.references(sum, kernel.kernel().getBody()).size() != 2
            || dependsOnThread(kernel, call->getArg(0)) || !addsTo(kernel, *loop, sum)
            || !addsAlike(kernel, *sum, *additionOf(*loop), *call->getArg(0)))
            return std::nullopt;
        return written(kernel, *launch, *loop, *call, *sum);
    }

private:
    /// Whether the body is sum += value; and nothing else, and the sum starts from zero.
    static bool addsTo(const KernelScope& kernel, const CountedLoop& loop, const VarDecl* sum)
    {
        const auto* addition = additionOf(loop);
        return addition != nullptr && plainVariable(addition->getLHS()) == sum && sum->hasInit()
            && kernel.references(sum, addition->getRHS()).empty() && isZero(kernel, sum->getInit())
            && !dependsOnThreadElsewhere(kernel, loop, *addition->getRHS())
            && usesOnlyBuiltins(kernel, loop.statement->getBody(), [](const IndexForm&) { return false; })
            && std::ranges::none_of(kernel.accesses(addition->getRHS()),
                                    [](const Access& access) { return access.base == nullptr || access.writes; });
    }

    /// Whether it makes no difference where the sums are cut to their type: nothing is cut off integers, and what they
    /// are added to is as wide.
    static bool addsAlike(const KernelScope& kernel, const VarDecl& sum, const CompoundAssignOperator& addition,
                          const Expr& target)
    {
        const auto type = sum.getType();
        if (type->isRealFloatingType())
            return target.getType()->getPointeeType()->isRealFloatingType();
        const auto& context = kernel.source().context();
        return type->isIntegerType() && addition.getComputationResultType()->isIntegerType()
            && target.getType()->getPointeeType()->isIntegerType()
            && context.getTypeSize(type) == context.getTypeSize(target.getType()->getPointeeType());
    }

    /// Whether what is added asks which thread adds it, apart from the loop's own count.
    static bool dependsOnThreadElsewhere(const KernelScope& kernel, const CountedLoop& loop, const Expr& value)
    {
        bool depends = callsUseBuiltins(&value);
        walk(&value, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            depends = depends
                || (reference != nullptr && reference->getDecl() != loop.var && dependsOnThread(kernel, reference));
            return !depends;
        });
        return depends;
    }

    static const CompoundAssignOperator* additionOf(const CountedLoop& loop)
    {
        const auto* addition = llvm::dyn_cast_or_null<CompoundAssignOperator>(onlyStatement(loop.statement->getBody()));
        return addition != nullptr && addition->getOpcode() == BO_AddAssign ? addition : nullptr;
    }

    static std::optional<std::string> written(const KernelScope& kernel, const LaunchLine& launch,
                                              const CountedLoop& loop, const CallExpr& call, const VarDecl& sum)
    {
        const auto& source = kernel.source();
        const auto words = inLaunchWords(kernel, launch, loop.bound);
        const auto start = source.text(loop.start);
        const auto bound = source.text(loop.bound);
        const auto value = source.text(additionOf(loop)->getRHS());
        const auto target = source.text(call.getArg(0));
        const auto range = source.statementRange(loop.statement);
        const auto last = source.statementRange(&call);
        const auto& policy = source.context().getPrintingPolicy();
        if (!words || start.empty() || bound.empty() || value.empty() || target.empty() || !range || !last)
            return std::nullopt;
        SourceEdit edit(source.text());
        for (const Stmt* statement : kernel.statements())
            if (const auto* one = llvm::dyn_cast<DeclStmt>(statement);
                one != nullptr && one->isSingleDecl() && one->getSingleDecl() == &sum)
                edit.removeWithLine(*source.statementRange(one));
        const auto indentation = indentationAt(source.text(), range->begin);
        edit.replace({range->begin, last->end},
                     fmt::format("{0} {1} = {2};\n{3}if ({1} < {4})\n{3}    atomicAdd({5}, {6}({7}));",
                                 loop.var->getType().getUnqualifiedType().getAsString(policy),
                                 loop.var->getName().str(), start, indentation, bound, target,
                                 sum.getType().getUnqualifiedType().getAsString(policy), value));
        const auto block = source.text(launch.block);
        edit.replace(launch.grid, gridExtent(*words, block));
        return edit.apply();
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainAtomicSum() { return std::make_unique<PlainAtomicSum>(); }

}  // namespace warploom
