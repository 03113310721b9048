// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"
#include "moves/Reduction.h"

namespace warploom {

namespace {

using namespace clang;

/// One thread that sums everything: threads of a whole grid that each sum some, and add up what they have.
class PlainSerial : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a sum of all threads"; }
    [[nodiscard]] bool changesWork() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* launch = onlyLaunch(kernel);
        const auto statements = kernel.statements();
        const auto& directives = kernel.source().directives();
        if (launch == nullptr || statements.size() != 3 || launch->shared || directives.text(launch->grid) != "1"
            || directives.text(launch->block) != "1" || directives.launches().size() != 1 || kernel.hasAliases()
            || promisesBlocks(kernel)
            || !usesOnlyBuiltins(kernel, kernel.kernel().getBody(), [](const IndexForm&) { return false; }))
            return std::nullopt;
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statements[0]);
        const auto* sum = declaration != nullptr && declaration->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
            : nullptr;
        const auto loop = kernel.countedLoop(statements[1]);
        const auto* store = llvm::dyn_cast<BinaryOperator>(statements[2]);
        if (sum == nullptr || !loop || store == nullptr || !startsFromZero(kernel, *sum) || !isSum(kernel, *loop, sum)
            || plainVariable(store->getRHS()) != sum
            || (store->getOpcode() != BO_Assign && store->getOpcode() != BO_AddAssign))
            return std::nullopt;
        return spread(kernel, *launch, *loop, *store);
    }

private:
    static bool startsFromZero(const KernelScope& kernel, const VarDecl& sum)
    {
        const auto* builtin = sum.getType()->getAs<BuiltinType>();
        const bool isAdded = builtin != nullptr
            && (builtin->getKind() == BuiltinType::Float || builtin->getKind() == BuiltinType::Double
                || builtin->getKind() == BuiltinType::Int || builtin->getKind() == BuiltinType::UInt);
        return isAdded && sum.hasInit() && warploom::isZero(kernel, sum.getInit());
    }

    static bool isSum(const KernelScope& kernel, const CountedLoop& loop, const VarDecl* sum)
    {
        const auto reduction = reductionOf(kernel, sum, loop.statement);
        const auto start = kernel.form(loop.start);
        bool isAlone = !kernel.containsReturn(loop.statement->getBody());
        for (const auto& access : kernel.accesses(loop.statement))
            isAlone = isAlone && access.base != nullptr && !access.writes;
        walk(loop.statement->getBody(), [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isAlone = isAlone
                && (var == nullptr || var == sum || !kernel.isModified(var)
                    || loop.statement->getBeginLoc() < var->getBeginLoc());
            return isAlone;
        });
        return reduction && reduction->operation == ReductionOperation::Sum && loop.step == nullptr && start
            && start->isZero() && isAlone;
    }

    static std::optional<std::string> spread(const KernelScope& kernel, const LaunchLine& launch,
                                             const CountedLoop& loop, const BinaryOperator& store)
    {
        const auto& source = kernel.source();
        Access target;
        for (const auto& access : kernel.accesses(store.getLHS()))
            if (access.expression == store.getLHS()->IgnoreParens())
                target = access;
        const auto words = inLaunchWords(kernel, launch, loop.bound);
        const auto start = source.range(loop.start);
        const auto step = source.range(loop.statement->getInc());
        const auto left = source.text(store.getLHS());
        const auto range = source.statementRange(&store);
        const auto* parameter = llvm::dyn_cast_or_null<ParmVarDecl>(target.base);
        const auto type = store.getLHS()->getType().getUnqualifiedType();
        if (!words || !start || !step || left.empty() || !range || parameter == nullptr || !target.index
            || !source.context().hasSameUnqualifiedType(type, store.getRHS()->IgnoreParenImpCasts()->getType()))
            return std::nullopt;
        SourceEdit edit(source.text());
        if (store.getOpcode() == BO_Assign) {
            const auto buffer = launchedBuffer(kernel, launch, *parameter);
            const auto constant = target.index->constantValue();
            if (buffer.empty() || constant != 0)
                return std::nullopt;
            edit.insert(launch.line.begin, fmt::format("// warploom: zero {}\n", buffer));
        }
        edit.replace(*start, "blockIdx.x * blockDim.x + threadIdx.x");
        edit.replace(*step, fmt::format("{} += gridDim.x * blockDim.x", loop.var->getName().str()));
        edit.replace(*range,
                     fmt::format("atomicAdd({}, {});", left.front() == '*' ? left.substr(1) : "&" + left,
                                 source.text(store.getRHS())));
        edit.replace(launch.grid, fmt::format("min({}, 1024)", gridExtent(*words, "256")));
        edit.replace(launch.block, "256");
        return edit.apply();
    }

    static std::string launchedBuffer(const KernelScope& kernel, const LaunchLine& launch, const ParmVarDecl& parameter)
    {
        for (unsigned i = 0; i < kernel.kernel().getNumParams(); ++i)
            if (kernel.kernel().getParamDecl(i) == &parameter)
                return kernel.source().text(launch.arguments[i]);
        return {};
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainSerial() { return std::make_unique<PlainSerial>(); }

}  // namespace warploom
