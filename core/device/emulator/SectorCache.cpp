// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/SectorCache.h"

#include <algorithm>

#include "base/Random.h"

namespace warploom::emulator {

SectorCache::SectorCache(std::uint64_t bytes)
    : m_sets(std::max<std::uint64_t>(bytes / 128 / kWays, 1))
    , m_lines(m_sets * kWays)
{
}

void SectorCache::clear()
{
    std::fill(m_lines.begin(), m_lines.end(), Line{});
    m_clock = 0;
}

bool SectorCache::access(std::uint64_t sectorAddress)
{
    const std::uint64_t tag = sectorAddress / 128;
    const auto bit = static_cast<std::uint8_t>(1u << ((sectorAddress / 32) % 4));
    // Hardware hashes addresses to sets, so that strides of powers of two do not all meet in one.
    Line* set = m_lines.data() + (mix64(tag) % m_sets) * kWays;
    Line* oldest = set;
    ++m_clock;
    for (Line* line = set; line < set + kWays; ++line) {
        if (line->tag == tag) {
            const bool hit = (line->sectors & bit) != 0;
            line->sectors |= bit;
            line->lastUse = m_clock;
            return hit;
        }
        if (line->lastUse < oldest->lastUse)
            oldest = line;
    }
    *oldest = {tag, m_clock, bit};
    return false;
}

}  // namespace warploom::emulator
