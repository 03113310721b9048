// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/WindowTile.h"

#include "moves/KnownKernel.h"
#include "moves/WindowEdges.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kWidestTile = 32;  ///< distance of the farthest taps along an axis
constexpr std::int64_t kFewestReads = 9;  ///< caches do as well with fewer

class TileReader {
public:
    TileReader(const MoveContext& context, GridKernel grid)
        : m_context(context)
        , m_kernel(grid.kernel())
        , m_tile{std::move(grid), {}, {}, {}, 0}
        , m_taps(m_tile.grid, kWidestTile)
    {
    }

    std::optional<WindowTile> read()
    {
        const Stmt* body = m_kernel.kernel().getBody();
        // Every thread of a block goes to the barrier, whatever its element does then.
        if (!isKnownThroughout(m_kernel) || m_kernel.synchronises(body) || m_kernel.hasAliases()
            || declaresShared(m_kernel) || !readWindows(body))
            return std::nullopt;
        std::array<std::int64_t, 3> low{};
        std::array<std::int64_t, 3> high{};
        for (std::size_t axis = 0; axis < 3; ++axis) {
            low[axis] = -m_tile.low(axis);
            high[axis] = m_tile.high(axis);
        }
        m_tile.settled = settledConditions(m_tile.grid, m_taps.counters(), low, high);
        return m_tile.reads >= kFewestReads ? std::optional(m_tile) : std::nullopt;
    }

private:
    bool readWindows(const Stmt* body)
    {
        walk(body, [&](const Stmt* node) {
            m_taps.addLoop(node);
            return true;
        });
        const auto accesses = m_kernel.accesses(body);
        std::set<const VarDecl*> written;
        for (const auto& access : accesses) {
            if (access.base == nullptr && (access.writes || access.atomic))
                return false;
            if (access.writes || access.atomic)
                written.insert(access.base);
        }
        for (const auto& access : accesses)
            if (access.reads && !readTap(access, written))
                return false;
        std::erase_if(m_tile.windows, [](const auto& window) { return window.low == window.high; });
        walk(body, [&](const Stmt* node) {
            if (const auto* loop = llvm::dyn_cast<ForStmt>(node); m_loops.count(loop) > 0)
                m_tile.loops.push_back(loop);
            return true;
        });
        return !m_tile.windows.empty();
    }

    /// Reads that are none of a window stay what they are.
    bool readTap(const Access& access, const std::set<const VarDecl*>& written)
    {
        if (!m_taps.onlyFixedLoops(access.expression))
            return true;
        const auto index = access.index ? m_tile.grid.canonical(*access.index) : std::nullopt;
        auto found = index ? tapOf(access, access.base, *index, written, {}) : std::nullopt;
        WindowEdges edges(m_tile.grid);
        if (!found)
            if (const auto place = edges.read(access.expression))
                found = tapOf(access, place->base, place->index, written, edges.edges());
        if (!found)
            return true;
        std::int64_t times = 1;
        for (const auto& offset : found->tap.offset)
            for (const auto* loop : m_taps.loopsOf(found->tap.expression, offset))
                m_loops.insert(loop);
        for (const Stmt* loop : m_taps.loopsAround(found->tap.expression))
            if (const auto fixed = fixedLoop(m_tile.grid, loop))
                times *= fixed->last - fixed->first + 1;
        m_tile.reads += times;
        return StencilTaps::add(m_tile.windows, std::move(*found));
    }

    [[nodiscard]] std::optional<StencilTaps::Found> tapOf(const Access& access, const VarDecl* base,
                                                          const IndexForm& index,
                                                          const std::set<const VarDecl*>& written,
                                                          const std::vector<KeptEdge>& edges) const
    {
        const auto* fact = m_context.arrayOf(m_kernel, base);
        if (fact == nullptr || written.count(base) > 0 || innermostElement(base->getType()).isVolatileQualified())
            return std::nullopt;
        return m_taps.read(StencilTaps::wholeOf(access), base, index, *fact, edges);
    }

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    WindowTile m_tile;
    StencilTaps m_taps;
    std::set<const ForStmt*> m_loops;
};

}  // namespace

std::int64_t WindowTile::low(std::size_t axis) const
{
    std::int64_t farthest = 0;
    for (const auto& window : windows)
        farthest = std::min(farthest, window.low[axis]);
    return farthest;
}

std::int64_t WindowTile::high(std::size_t axis) const
{
    std::int64_t farthest = 0;
    for (const auto& window : windows)
        farthest = std::max(farthest, window.high[axis]);
    return farthest;
}

std::int64_t turnsWithin(const WindowTile& tile, const ForStmt* loop)
{
    const auto& kernel = tile.grid.kernel();
    std::int64_t inner = 1;
    for (const auto* other : tile.loops) {
        const Stmt* above = other;
        while (above != nullptr && above != loop)
            above = kernel.parent(above);
        if (above != nullptr && other != loop)
            inner = std::max(inner, turnsWithin(tile, other));
    }
    const auto fixed = fixedLoop(tile.grid, loop);
    return fixed ? inner * (fixed->last - fixed->first + 1) : inner;
}

std::optional<WindowTile> windowTileOf(const MoveContext& context, const KernelScope& kernel)
{
    auto grid = GridKernel::make(context, kernel);
    // Sizes that are known where it is timed only would need the old way as well.
    if (!grid || grid->isLinear() || !grid->known().empty())
        return std::nullopt;
    return TileReader(context, std::move(*grid)).read();
}

}  // namespace warploom
