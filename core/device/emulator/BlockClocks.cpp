// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/BlockClocks.h"

#include <bit>

namespace warploom::emulator {

namespace {

template <typename Function>
void forBits(std::uint32_t bits, Function function)
{
    for (; bits != 0; bits &= bits - 1)
        function(static_cast<std::uint32_t>(std::countr_zero(bits)));
}

}  // namespace

BlockClocks::BlockClocks(std::uint32_t warps)
    : m_warps(warps)
    , m_known(std::size_t{warps} * warps)
{
}

void BlockClocks::startBlock()
{
    m_now = 1;
    m_floor = m_releases = 0;
    for (WarpClock& warp : m_warps) {
        const std::uint32_t generation = warp.generation + 1;
        warp = {};
        warp.generation = generation;
    }
    std::fill(m_known.begin(), m_known.end(), 0);
    std::fill(m_lanes.begin(), m_lanes.end(), 0);
}

void BlockClocks::syncLanes(std::uint32_t warp, std::uint32_t lanes)
{
    WarpClock& clock = step(m_warps[warp]);
    clock.hasLanes = true;
    m_lanes.resize(m_warps.size() * kLanes * kLanes);
    const auto row = [&](std::uint32_t lane) { return m_lanes.data() + (std::size_t{warp} * kLanes + lane) * kLanes; };
    std::array<std::uint32_t, kLanes> joined{};
    forBits(lanes, [&](std::uint32_t lane) {
        for (std::uint32_t i = 0; i < kLanes; ++i)
            joined[i] = std::max(joined[i], row(lane)[i]);
    });
    forBits(lanes, [&](std::uint32_t lane) { joined[lane] = m_now; });
    forBits(lanes, [&](std::uint32_t lane) { std::copy(joined.begin(), joined.end(), row(lane)); });
}

void BlockClocks::joinAll()
{
    m_floor = ++m_now;
    for (WarpClock& warp : m_warps)
        ++warp.generation;
}

void BlockClocks::join(std::size_t barrier, std::uint32_t waiting, std::uint32_t arrived)
{
    ++m_now;
    std::array<std::uint32_t, kLanes> joined{};
    forBits(arrived, [&](std::uint32_t other) {
        for (std::size_t i = 0; i < m_warps.size(); ++i)
            joined[i] = std::max(joined[i], knownOf(other, i));
        joined[other] = std::max(joined[other], m_warps[other].arrived[barrier]);
    });
    forBits(waiting, [&](std::uint32_t warp) {
        for (std::size_t i = 0; i < m_warps.size(); ++i)
            knownOf(warp, i) = std::max(knownOf(warp, i), joined[i]);
        m_warps[warp].whole = m_warps[warp].met = m_now;
        ++m_warps[warp].generation;
    });
}

void BlockClocks::release(std::uint32_t warp, bool needsFence)
{
    WarpClock& clock = m_warps[warp];
    if (needsFence && clock.fence <= clock.released)
        return;
    if (!needsFence)
        step(clock);
    clock.released = needsFence ? clock.fence : m_now;
    ++m_releases;
}

void BlockClocks::acquire(std::uint32_t warp)
{
    WarpClock& clock = m_warps[warp];
    if (clock.acquired == m_releases)
        return;
    clock.acquired = m_releases;
    for (std::size_t other = 0; other < m_warps.size(); ++other) {
        if (m_warps[other].released == 0)
            continue;
        knownOf(warp, other) = std::max(knownOf(warp, other), m_warps[other].released);
        for (std::size_t i = 0; i < m_warps.size(); ++i)
            knownOf(warp, i) = std::max(knownOf(warp, i), knownOf(other, i));
    }
    clock.whole = std::max(clock.whole, clock.released);
}

}  // namespace warploom::emulator
