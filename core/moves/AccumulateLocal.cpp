// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AtomicMap.h"
#include "moves/MoveCatalogue.h"
#include "moves/Reduction.h"

namespace warploom {

using namespace clang;

namespace {

class AccumulateLocal : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"accumulate-local", "Add up before the atomic",
                "every thread adds to one global address with atomicAdd", "one atomic a block instead of one a thread"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (const auto map = atomicMap(kernel); map && map->isUniform)
                if (auto made = reduced(context, kernel, *map))
                    proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> reduced(const MoveContext& context, const KernelScope& kernel,
                                                      const AtomicMap& map) const
    {
        const auto& source = context.source();
        const auto call = source.range(map.call);
        const auto target = source.range(map.call->getArg(0));
        const auto value = source.range(map.call->getArg(1));
        const auto before = offsetBeforeKernel(kernel);
        if (!call || !target || !value || !before)
            return std::nullopt;
        const auto element = innermostElement(map.base->getType()).getUnqualifiedType();
        const auto total = context.directives().freshName("total");
        ReductionFunctions functions(source);
        const auto function = functions.useSum(element, ReductionLevel::Block);
        if (function.empty())
            return std::nullopt;
        SourceEdit edit(source.text());
        const auto indentation = indentationAt(source.text(), map.region.begin);
        const auto added = rewritten(source.text(), map.guarded.bodyRange,
                                     {{*call, fmt::format("{} += {}", total, source.text(*value))}});
        const auto text = fmt::format(
            "{0}{1} {2} = 0;\n{3}{0}{2} = {4}({2});\n{0}if (threadIdx.x == 0)\n{0}    atomicAdd({5}, {2});\n",
            indentation, element.getAsString(source.context().getPrintingPolicy()), total,
            map.gridStrideLoop(kernel, added, indentation), function, source.text(*target));
        edit.replace(map.region, text.substr(indentation.size(), text.size() - indentation.size() - 1));
        edit.insert(*before, functions.text());
        const auto block = wholeWarpBlock(kernel, edit);
        map.limitGrids(kernel, edit, block);
        return proposal(
            context, edit, map.region.begin, fmt::format("one atomic a block in {}", kernel.name()),
            fmt::format("all threads of {} meet at one address, one atomic a thread: summed over each block first, "
                        "1/256 of the atomics or fewer are left, ~20×",
                        kernel.name()),
            20.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeAccumulateLocal() { return std::make_unique<AccumulateLocal>(); }

}  // namespace warploom
