// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/WindowTile.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kStaticBytes = 49152;  ///< of shared memory that a kernel can declare

class StageWindow : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {
            "stage-window", "Stage the neighbourhood in shared memory",
            "one thread an element of a grid that reads many neighbours and does anything with them",
            "each block loads its elements and what lies around them once; loops over the neighbourhood are unrolled, "
            "and blocks within the grid ask for no edges"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (const auto tile = windowTileOf(context, kernel))
                if (auto made = staged(context, *tile))
                    proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    static WindowTileNames namesOf(const MoveContext& context, const WindowTile& tile, SourceEdit& edit)
    {
        const auto& directives = context.directives();
        const auto tune = [&](const std::string& name, const std::vector<std::int64_t>& values) {
            const auto own = directives.freshName(name);
            directives.addTune(edit, own, values);
            return own;
        };
        WindowTileNames names;
        names.block = {tune("BLOCK_X", {32, 64, 16}), tune("BLOCK_Y", {8, 4, 16})};
        names.rows = tune("ROWS", {2, 4, 1});
        if (tile.reaches(2))
            names.planes = tune("PLANES", {4, 8, 2, 1});
        if (const auto turns = outerTurns(tile); turns > 0)
            names.unroll = tune("UNROLL",
                                turnsOf(tile) <= kMostCode ? std::vector<std::int64_t>{turns, 1}
                                                           : std::vector<std::int64_t>{1, turns});
        directives.addRequire(edit, fmt::format("{} <= {}", bytesOf(context, tile, names), kStaticBytes));
        return names;
    }

    /// The most turns that a loop has itself whose window is long; 0 where all are short.
    static std::int64_t outerTurns(const WindowTile& tile)
    {
        std::int64_t most = 0;
        for (const auto* loop : tile.loops)
            if (const auto fixed = fixedLoop(tile.grid, loop); fixed && turnsWithin(tile, loop) > kMostTurns)
                most = std::max(most, fixed->last - fixed->first + 1);
        return most;
    }

    static std::int64_t turnsOf(const WindowTile& tile)
    {
        std::int64_t most = 0;
        for (const auto* loop : tile.loops)
            most = std::max(most, turnsWithin(tile, loop));
        return most;
    }

    /// Of all tiles.
    static std::string bytesOf(const MoveContext& context, const WindowTile& tile, const WindowTileNames& names)
    {
        std::string sum;
        for (const auto& window : tile.windows) {
            const auto element = innermostElement(window.base->getType());
            const auto reach = [&](std::size_t axis) { return window.high[axis] - window.low[axis]; };
            sum += (sum.empty() ? "" : " + ")
                + fmt::format("{} * ({} + {}) * ({} * {} + {})",
                              context.source().context().getTypeSizeInChars(element).getQuantity(), names.block[0],
                              reach(0), names.block[1], names.rows, reach(1));
            if (!names.planes.empty() && window.hasPlanes)
                sum += fmt::format(" * ({} + {})", names.planes, reach(2));
        }
        return sum;
    }

    [[nodiscard]] std::optional<MoveProposal> staged(const MoveContext& context, const WindowTile& tile) const
    {
        const auto& kernel = tile.grid.kernel();
        const auto body = context.source().range(kernel.kernel().getBody());
        SourceEdit edit(context.source().text());
        const auto names = namesOf(context, tile, edit);
        if (!body || !writeWindowTile(context, tile, names, edit))
            return std::nullopt;
        const double gain = tile.reads >= kManyReads ? 1.6 : 1.2;
        return proposal(
            context, edit, body->begin, fmt::format("neighbourhoods of {} in shared memory", kernel.name()),
            fmt::format("{} reads {} neighbours for each element, each with a place of its own to work out, "
                        "an edge to ask for and a turn of a loop: from a tile they are shared loads at fixed "
                        "distances, half the instructions, ~{:.1f}×",
                        kernel.name(), tile.reads, gain),
            gain);
    }

    static constexpr std::int64_t kManyReads = 25;
    static constexpr std::int64_t kMostCode = 200;  ///< turns that the instruction caches still hold, written out
};

}  // namespace

std::unique_ptr<Move> makeStageWindow() { return std::make_unique<StageWindow>(); }

}  // namespace warploom
