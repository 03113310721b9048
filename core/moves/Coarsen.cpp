// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

bool hasLoops(const KernelScope& kernel)
{
    bool found = false;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        found = found || llvm::isa<ForStmt, WhileStmt, DoStmt>(node);
        return !found;
    });
    return found;
}

class Coarsen : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"coarsen", "Give each thread several elements",
                "one thread an element of one dimension, no loop and no barrier",
                "fewer threads to start, independent loads in flight"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (auto made = coarsened(context, kernel))
                proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> coarsened(const MoveContext& context, const KernelScope& kernel) const
    {
        const auto guarded = guardedKernel(kernel);
        if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0
            || usesBuiltinsElsewhere(kernel, *guarded) || !hasLinearLaunches(kernel) || hasLoops(kernel)
            || kernel.synchronises(kernel.kernel().getBody()))
            return std::nullopt;
        for (const Stmt* statement : guarded->body)
            if (kernel.containsReturn(statement))
                return std::nullopt;
        const auto& source = context.source();
        const auto braces = source.range(kernel.kernel().getBody());
        const auto leave = source.range(guarded->guard->getThen());
        if (!braces || !leave)
            return std::nullopt;
        const auto items = context.directives().freshName("ITEMS");
        const auto item = context.directives().freshName("item");
        std::vector<Replacement> inside = {
            {guarded->indices[0].initialiser,
             fmt::format("(blockIdx.x * {} + {}) * blockDim.x + threadIdx.x", items, item)}};
        if (guarded->returnsEarly)
            inside.push_back({*leave, rewrittenReturn(source.text(*leave))});
        const TextRange content{braces->begin + 1, braces->end - 1};
        const auto first = source.range(kernel.statements().front());
        const auto indentation = first ? indentationAt(source.text(), first->begin) : std::string("    ");
        SourceEdit edit(source.text());
        edit.replace(content,
                     fmt::format("\n{0}#pragma unroll\n{0}for (int {1} = 0; {1} < {2}; ++{1}) {{\n{3}{0}}}\n",
                                 indentation, item, items,
                                 reindented(rewritten(source.text(), content, inside), indentation + "    ")));
        for (const auto* launch : kernel.launches())
            edit.replace(launch->grid, fmt::format("ceil_div({}, {})", source.text(launch->grid), items));
        context.directives().addTune(edit, items, {4, 1, 2, 8});
        return proposal(
            context, edit, braces->begin, fmt::format("{} elements a thread in {}", items, kernel.name()),
            fmt::format(
                "each thread of {} has 1 element and 1 load in flight an input: with 4 elements there are 4, and a "
                "quarter of the blocks to start, ~1.1×",
                kernel.name()),
            1.1);
    }

    static std::string rewrittenReturn(const std::string& text) { return withIdentifier(text, "return", "continue"); }
};

}  // namespace

std::unique_ptr<Move> makeCoarsen() { return std::make_unique<Coarsen>(); }

}  // namespace warploom
