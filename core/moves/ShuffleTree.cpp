// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/MoveCatalogue.h"
#include "moves/SharedTree.h"

namespace warploom {

namespace {

using namespace clang;

class ShuffleTree : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"shuffle-tree", "Reduce by warp shuffles",
                "a block that reduces in shared memory, half as many threads each time",
                "two barriers instead of one a step, and values that go from register to register"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto trees = sharedTrees(kernel);
            if (trees.empty())
                continue;
            if (auto made = shuffled(context, kernel, trees))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> shuffled(const MoveContext& context, const KernelScope& kernel,
                                                       const std::vector<SharedTree>& trees) const
    {
        const auto& source = context.source();
        SourceEdit edit(source.text());
        ReductionFunctions functions(source);
        std::vector<std::string> names;
        for (const auto& tree : trees)
            if (!replaceTree(kernel, tree, functions, names, edit))
                return std::nullopt;
        removeArrays(kernel, trees, edit);
        const auto before = offsetBeforeKernel(kernel);
        if (!before)
            return std::nullopt;
        edit.insert(*before, functions.text());
        return proposal(
            context, edit, source.offset(trees.front().store->getBeginLoc()).value_or(0),
            fmt::format("reduce by shuffles in {}", kernel.name()),
            fmt::format("each of the {} tree{} of {} waits at a barrier a step; shuffles within warps leave two, and "
                        "most lanes at work, ~1.1×",
                        trees.size(), trees.size() == 1 ? "" : "s", kernel.name()),
            1.1);
    }

    static bool replaceTree(const KernelScope& kernel, const SharedTree& tree, ReductionFunctions& functions,
                            std::vector<std::string>& names, SourceEdit& edit)
    {
        const auto& source = kernel.source();
        const auto type = innermostElement(tree.array->getType()).getUnqualifiedType();
        Reduction reduction = tree.reduction;
        reduction.var = tree.array;
        const auto function = functions.use(reduction, type, ReductionLevel::Block);
        const auto value = source.text(tree.value);
        const auto store = source.statementRange(tree.store);
        const auto barrier = source.statementRange(tree.barrier);
        const auto loop = source.statementRange(tree.loop);
        if (function.empty() || value.empty() || !store || !barrier || !loop)
            return false;
        std::string base = "blocks" + std::string(wordOf(reduction.operation));
        std::string name = source.directives().freshName(base);
        for (int i = 2; std::ranges::find(names, name) != names.end(); ++i)
            name = fmt::format("{}_{}", base, i);
        names.push_back(name);
        edit.replace(*store,
                     fmt::format("const {} {} = {}({});", type.getAsString(source.context().getPrintingPolicy()), name,
                                 function, value));
        edit.removeWithLine(*barrier);
        edit.removeWithLine(*loop);
        for (const auto* result : tree.results) {
            const auto range = source.range(result);
            if (!range)
                return false;
            edit.replace(*range, name);
        }
        return true;
    }

    static void removeArrays(const KernelScope& kernel, const std::vector<SharedTree>& trees, SourceEdit& edit)
    {
        for (const Stmt* statement : kernel.statements()) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const bool isTrees = declaration != nullptr && declaration->isSingleDecl()
                && std::ranges::any_of(trees, [&](const SharedTree& tree) {
                                     return tree.array == declaration->getSingleDecl();
                                 });
            if (const auto range = isTrees ? kernel.source().statementRange(statement) : std::nullopt)
                edit.removeWithLine(*range);
        }
    }
};

}  // namespace

std::unique_ptr<Move> makeShuffleTree() { return std::make_unique<ShuffleTree>(); }

}  // namespace warploom
