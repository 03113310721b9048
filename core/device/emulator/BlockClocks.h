// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "device/emulator/Program.h"

namespace warploom::emulator {

/// Who is ordered before whom within a running block. One logical time counts for the block; it advances whenever
/// threads synchronise. Between warps a warp counts as a whole, within a warp each lane counts.
class BlockClocks {
public:
    static constexpr std::size_t kBarriers = 16;

    explicit BlockClocks(std::uint32_t warps);

    void startBlock();
    /// The time that accesses happen at now.
    [[nodiscard]] std::uint32_t now() const { return m_now; }
    /// Changes whenever others may have learnt of what the warp did.
    [[nodiscard]] std::uint32_t generation(std::uint32_t warp) const { return m_warps[warp].generation; }
    /// Whatever a lane of warp \p other did before this time, all lanes of warp \p mine come after.
    [[nodiscard]] std::uint32_t known(std::uint32_t mine, std::uint32_t other) const
    {
        return std::max(m_floor, mine == other ? m_warps[mine].whole : m_known[mine * m_warps.size() + other]);
    }
    /// Whether thread \p mine comes after what thread \p other did at \p time.
    [[nodiscard]] bool isOrdered(std::uint32_t time, std::uint32_t other, std::uint32_t mine) const
    {
        const std::uint32_t warp = mine / kLanes;
        return other == mine || time < known(warp, other / kLanes)
            || (other / kLanes == warp && m_warps[warp].hasLanes && time < laneKnown(mine, other));
    }
    /// Whether these threads of one warp met after what \p other did at \p time; what they saw of each other's strong
    /// accesses does not count.
    [[nodiscard]] bool haveMet(std::uint32_t time, std::uint32_t other, std::uint32_t mine) const
    {
        const WarpClock& warp = m_warps[mine / kLanes];
        return time < std::max(m_floor, warp.met) || (warp.hasLanes && time < laneKnown(mine, other));
    }
    /// The warp has executed a fence since that time.
    [[nodiscard]] bool isFenced(std::uint32_t time, std::uint32_t thread) const
    {
        return time < m_warps[thread / kLanes].fence;
    }

    /// All lanes of the warp met.
    void syncWarp(std::uint32_t warp)
    {
        WarpClock& clock = step(m_warps[warp]);
        clock.whole = clock.met = m_now;
    }
    /// These lanes of the warp met.
    void syncLanes(std::uint32_t warp, std::uint32_t lanes);
    void arriveAt(std::size_t barrier, std::uint32_t warp)
    {
        WarpClock& clock = step(m_warps[warp]);
        clock.arrived[barrier] = m_now;
    }
    /// Every thread of the block met.
    void joinAll();
    /// The warps in \p waiting (bits) come after what those in \p arrived did before they arrived.
    void join(std::size_t barrier, std::uint32_t waiting, std::uint32_t arrived);

    void fence(std::uint32_t warp)
    {
        WarpClock& clock = step(m_warps[warp]);
        clock.fence = m_now;
    }
    /// A strong store or an atomic: who sees it comes after what its warp did (before its latest fence, for an atomic).
    void release(std::uint32_t warp, bool needsFence);
    /// A strong load or an atomic: it may have seen everything that was released.
    void acquire(std::uint32_t warp);

private:
    struct WarpClock {
        std::uint32_t generation = 0;
        std::uint32_t met = 0;  ///< when all lanes met last
        std::uint32_t whole = 0;  ///< the same, or when they saw last what the warp had released
        std::uint32_t fence = 0;
        std::uint32_t released = 0;
        std::uint32_t acquired = 0;  ///< number of releases that it knows
        bool hasLanes = false;
        std::array<std::uint32_t, kBarriers> arrived{};
    };

    WarpClock& step(WarpClock& warp)
    {
        ++m_now;
        ++warp.generation;
        return warp;
    }
    [[nodiscard]] std::uint32_t laneKnown(std::uint32_t mine, std::uint32_t other) const
    {
        return m_lanes[std::size_t{mine} * kLanes + other % kLanes];
    }
    std::uint32_t& knownOf(std::size_t mine, std::size_t other) { return m_known[mine * m_warps.size() + other]; }

    std::uint32_t m_now = 1;
    std::uint32_t m_floor = 0;  ///< everybody comes after what happened before
    std::uint32_t m_releases = 0;
    std::vector<WarpClock> m_warps;
    std::vector<std::uint32_t> m_known;  ///< by warp and other warp
    std::vector<std::uint32_t> m_lanes;  ///< by thread and lane of its warp; from the first meeting of a part of a warp
};

}  // namespace warploom::emulator
