// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace warploom::emulator {

/// A set-associative cache of 128-byte lines whose four 32-byte sectors are fetched one by one; least recently used
/// lines go first.
class SectorCache {
public:
    explicit SectorCache(std::uint64_t bytes);

    /// True for a hit; a miss fetches the sector.
    bool access(std::uint64_t sectorAddress);
    void clear();

private:
    static constexpr std::uint32_t kWays = 16;

    struct Line {
        std::uint64_t tag = ~std::uint64_t{0};
        std::uint32_t lastUse = 0;
        std::uint8_t sectors = 0;
    };

    std::uint64_t m_sets;
    std::uint32_t m_clock = 0;
    std::vector<Line> m_lines;
};

}  // namespace warploom::emulator
