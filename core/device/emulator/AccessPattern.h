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

/// Units of shared memory (SharedShadow's) that an access touches: lane after lane, each as many at the same distance.
struct Segment {
    std::uint64_t bits = 0;  ///< the units, from the first one on
    std::int32_t unit = 0;  ///< first one, counted from that of the first active lane
    std::uint8_t length = 0;  ///< from the first unit to behind the last; at most kMostSegmentUnits
    std::uint8_t lane = 0;  ///< that touches the first one
    std::uint8_t each = 1;  ///< units of a lane
    std::uint8_t stride = 1;  ///< from lane to lane, in units
    std::uint8_t other = 0;  ///< distance to a second lane on the same units; 0: there is none

    [[nodiscard]] std::uint32_t lanes() const { return (length - each) / stride + 1u; }
    [[nodiscard]] bool has(std::uint32_t place) const { return place % stride < each; }
    /// Of a place that it has.
    [[nodiscard]] std::uint32_t laneOf(std::uint32_t place) const { return lane + place / stride; }
};

/// With a shift of up to 7 as many bits still fit into a word.
constexpr std::uint32_t kMostSegmentUnits = 56;

/// What the latest access of an instruction looked like. Loops repeat their patterns at other addresses, and then what
/// a pattern costs need not be counted again.
struct AccessPattern {
    static constexpr std::uint32_t kNoWarp = ~0U;

    alignas(64) std::array<std::int32_t, kLanes> low{};  ///< bits of the distances: all there is to them if isNear
    alignas(64) std::array<std::uint64_t, kLanes> distance{};  ///< from the first active lane; 0 for the others
    std::uint32_t mask = 0;  ///< 0: nothing known yet
    std::uint32_t phase = 0;  ///< space, and of the first address what the costs depend on
    Shape shape = Shape::Distances;
    bool isNear = false;  ///< the distances fit into 32 bits
    bool repeats = false;  ///< lanes 16 to 31 are where lanes 0 to 15 are
    bool isHalved = false;  ///< lanes 0 to 15 are at one place, lanes 16 to 31 at another
    std::uint32_t warp = kNoWarp;  ///< whose latest access it is
    std::int64_t lowest = 0;  ///< of the distances
    std::int64_t highest = 0;
    std::uint64_t alignment = 0;  ///< all bits that occur in a distance
    std::uint32_t sectors = 0;  ///< of global or local memory
    std::uint32_t passes = 0;  ///< over the banks of shared memory
    std::uint32_t ideal = 0;  ///< passes without bank conflicts
    std::uint32_t sameAddress = 1;  ///< most lanes on one address
    bool isSegmented = false;  ///< the three below are known: only checked launches need them
    bool overlaps = false;  ///< two lanes on one address
    std::uint8_t segmentCount = 0;
    std::array<Segment, kLanes> segments;
};

}  // namespace warploom::emulator
