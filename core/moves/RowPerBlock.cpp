// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/RowSharing.h"
#include "moves/ShortRows.h"

namespace warploom {

using namespace clang;

namespace {

/// What else a proposal does.
enum class RowVariant {
    Plain,
    ExceptShort,  ///< short rows keep a thread each
    ByWarps  ///< of a nest, warps take the rounds of the loop around
};

/// Elements of a row up to which a part of a warp may do better than a warp: 8 for each of its lanes.
constexpr std::int64_t kShortRow = 256;

class RowPerBlock : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"row-per-block", "Give each row a block or a warp",
                "one thread a row: sequential loops over columns that fold into sums or extrema, or write the row",
                "neighbouring threads read neighbouring elements, and rows × threads fill the card"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto guarded = guardedKernel(kernel);
            if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0 || !hasLineBlocks(kernel)
                || usesOwnBuiltinsElsewhere(kernel, *guarded) || kernel.kernel().isDependentContext())
                continue;
            const auto work = rowWork(kernel, *guarded);
            if (!work)
                continue;
            const auto lanes = context.directives().freshName("GROUP");
            const bool mayBeShort = work->hasLoadedBounds || shortestRow(context, kernel, *work) > 0;
            for (const auto& group : {blockGroup(), warpGroup(), laneGroup(lanes)})
                if (group.level != ReductionLevel::Lanes || mayBeShort)
                    if (auto made = shared(context, kernel, *guarded, *work, group))
                        proposals.push_back(std::move(*made));
            if (work->hasLoadedBounds && work->walkedArray != nullptr && hasLinearLaunches(kernel))
                if (auto made = shared(context, kernel, *guarded, *work, warpGroup(), RowVariant::ExceptShort))
                    proposals.push_back(std::move(*made));
            if (std::ranges::any_of(work->loops, [](const auto& loop) { return loop.outer.has_value(); }))
                if (auto made = shared(context, kernel, *guarded, *work, blockGroup(), RowVariant::ByWarps))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// Elements of the shortest rows that are timed, where they are so few that a warp has little to do with one;
    /// 0 elsewhere.
    static std::int64_t shortestRow(const MoveContext& context, const KernelScope& kernel, const RowWork& work)
    {
        const auto lengths = timedRowLengths(context, kernel, work);
        const auto shortest = lengths.empty() ? 0 : std::ranges::min(lengths);
        return shortest <= kShortRow ? shortest : 0;
    }

    [[nodiscard]] std::optional<MoveProposal> shared(const MoveContext& context, const KernelScope& kernel,
                                                     const GuardedKernel& guarded, const RowWork& work,
                                                     const RowGroup& group,
                                                     RowVariant variant = RowVariant::Plain) const
    {
        const auto lanes = context.directives().freshName("GROUP");
        SourceEdit edit(context.source().text());
        RowSharing sharing(context, kernel, guarded, work, group, lanes);
        if (!sharing.apply(edit, variant == RowVariant::ByWarps))
            return std::nullopt;
        if (variant == RowVariant::ExceptShort)
            return exceptShortRows(context, kernel, guarded, work, edit, sharing.functions());
        edit.insert(*offsetBeforeKernel(kernel), sharing.functions());
        if (group.level == ReductionLevel::Lanes) {
            context.directives().addTune(edit, lanes, {8, 4, 16, 2, 32});
            const auto rows = work.hasLoadedBounds
                ? fmt::format("the rows of {} are as long as its data says, and may be shorter than a warp",
                              kernel.name())
                : fmt::format("rows of {} elements give the lanes of a warp little to do in {}",
                              shortestRow(context, kernel, work), kernel.name());
            return proposal(
                context, edit, guarded.indices[0].initialiser.begin,
                fmt::format("{} in {}", group.words, kernel.name()),
                fmt::format("{}: with 8 lanes a row the 32 threads of a warp read 4 rows instead of 32 at a "
                            "time, and reduce them in 3 steps, ~3×",
                            rows),
                3.0);
        }
        if (variant == RowVariant::ByWarps)
            return proposal(
                context, edit, guarded.indices[0].initialiser.begin,
                fmt::format("one block a row, a warp a round of its nests, in {}", kernel.name()),
                fmt::format("the inner loops of {} may be shorter than a block: with a warp for each round of the loop "
                            "around, 32 threads instead of a block share one, and every row has 256 threads instead of "
                            "1, ~5×",
                            kernel.name()),
                4.5);
        const bool block = group.level == ReductionLevel::Block;
        return proposal(
            context, edit, guarded.indices[0].initialiser.begin, fmt::format("{} in {}", group.words, kernel.name()),
            fmt::format("the 32 threads of a warp read 32 rows, 32 sectors a request: with {} they read neighbours, 4 "
                        "sectors a request, and every row has {} threads instead of 1, ~{}×",
                        group.words, block ? "256" : "32", block ? 5 : 4),
            block ? 5.0 : 4.0);
    }

    [[nodiscard]] std::optional<MoveProposal> exceptShortRows(const MoveContext& context, const KernelScope& kernel,
                                                              const GuardedKernel& guarded, const RowWork& work,
                                                              SourceEdit& edit, const std::string& functions) const
    {
        if (!keepForShortRows(context, kernel, guarded, work.walkedArray, edit))
            return std::nullopt;
        edit.insert(*offsetBeforeKernel(kernel), functions);
        return proposal(
            context, edit, guarded.indices[0].initialiser.begin,
            fmt::format("one warp a row in {}, where rows are long", kernel.name()),
            fmt::format("long rows of {} are read by warps, 4 sectors a request instead of 32; rows of a few "
                        "elements keep one thread each, for which lines are in the cache, ~2×",
                        kernel.name()),
            2.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeRowPerBlock() { return std::make_unique<RowPerBlock>(); }

}  // namespace warploom
