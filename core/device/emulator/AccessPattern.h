// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

#include "device/emulator/Program.h"

namespace warploom::emulator {

/// How the addresses of a warp lie to each other.
enum class Shape : std::uint8_t {
    Uniform,  ///< all 32 the same
    Contiguous,  ///< 32 neighbours in lane order
    Distances,  ///< anything else
    Pointers,  ///< in more than one place of the host: an address for each lane
};

/// What the latest access of an instruction looked like. Loops repeat their patterns at other addresses, and then what
/// a pattern costs need not be counted again.
struct AccessPattern {
    alignas(64) std::array<std::uint64_t, kLanes> distance{};  ///< from the first active lane; 0 for the others
    std::uint32_t mask = 0;  ///< 0: nothing known yet
    std::uint32_t phase = 0;  ///< of the first address, as far as the costs depend on it
    Shape shape = Shape::Distances;
    std::int64_t lowest = 0;  ///< of the distances
    std::int64_t highest = 0;
    std::uint64_t alignment = 0;  ///< all bits that occur in a distance
    std::uint32_t sectors = 0;  ///< of global or local memory
    std::uint32_t passes = 0;  ///< over the banks of shared memory
    std::uint32_t ideal = 0;  ///< passes without bank conflicts
    std::uint32_t sameAddress = 1;  ///< most lanes on one address
};

}  // namespace warploom::emulator
