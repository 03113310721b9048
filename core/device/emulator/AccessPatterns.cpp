// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/MemoryAccess.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

constexpr U32 kSectorBytes = 32;
constexpr U32 kBanks = 32;

Shape shapeOf(const AccessPattern& pattern, U32 bytes)
{
    if (pattern.mask != kAllLanes)
        return Shape::Distances;
    U64 fromLine = 0;
    for (U32 i = 0; i < kLanes; ++i)
        fromLine |= pattern.distance[i] ^ (U64{i} * bytes);
    return pattern.alignment == 0 ? Shape::Uniform : fromLine == 0 ? Shape::Contiguous : Shape::Distances;
}

U32 mostOnOneAddress(const Addresses& addresses, std::uint32_t mask)
{
    U32 most = 0;
    for (U32 rest = mask; rest != 0;) {
        const U64 first = addresses.at[static_cast<U32>(std::countr_zero(rest))];
        const U32 same = testLanes([&](U32 i) { return addresses.at[i] == first; }) & rest;
        most = std::max(most, static_cast<U32>(std::popcount(same)));
        rest &= ~same;
    }
    return most;
}

/// Passes over the 32 banks that the lanes of \p part need: lanes that read the same word share it.
U32 passesOf(const Addresses& addresses, std::uint32_t part, U32 wordsEach)
{
    std::array<U64, kLanes * 4> words;
    std::array<U8, kBanks> head{};
    std::array<U8, kLanes * 4> next;
    std::array<U8, kBanks> depth{};
    U8 used = 0;
    U32 most = 0;
    forLanes(part, [&](U32 i) {
        for (U32 k = 0; k < wordsEach; ++k) {
            const U64 word = addresses.at[i] / 4 + k;
            const U32 bank = word % kBanks;
            U8 other = head[bank];
            while (other != 0 && words[other - 1u] != word)
                other = next[other - 1u];
            if (other != 0)
                continue;
            words[used] = word;
            next[used] = head[bank];
            head[bank] = ++used;
            most = std::max<U32>(most, ++depth[bank]);
        }
    });
    return most;
}

/// Calls \p function for the lanes that are served together: half warps for 8 bytes each, quarters for 16.
template <typename Function>
void forParts(std::uint32_t mask, U32 bytes, Function function)
{
    const U32 parts = std::min(std::max(bytes / 4, 1u), 4u);
    const U32 lanesEach = kLanes / parts;
    for (U32 part = 0; part < parts; ++part)
        function(mask & static_cast<U32>(((U64{1} << lanesEach) - 1) << (part * lanesEach)));
}

void countPasses(AccessPattern& pattern, const Addresses& addresses, U32 bytes)
{
    pattern.passes = pattern.ideal = pattern.shape == Shape::Uniform ? 1 : std::min(std::max(bytes / 4, 1u), 4u);
    if (pattern.shape != Shape::Distances)
        return;
    pattern.passes = bankPasses(addresses, pattern.mask, bytes);
    pattern.ideal = 0;
    forParts(pattern.mask, bytes, [&](U32 lanes) { pattern.ideal += lanes != 0 ? 1 : 0; });
}

/// The hardware interleaves local memory by words, so lanes at one offset share sectors.
U32 localSectors(const Addresses& addresses, std::uint32_t mask, U32 bytes)
{
    std::array<U64, kLanes> words;
    U32 count = 0;
    forLanes(mask, [&](U32 lane) { words[count++] = addresses.at[lane] / bytes; });
    std::sort(words.begin(), words.begin() + count);
    return static_cast<U32>(std::unique(words.begin(), words.begin() + count) - words.begin()) * bytes;
}

}  // namespace

U32 bankPasses(const Addresses& addresses, std::uint32_t mask, U32 bytes)
{
    U32 passes = 0;
    forParts(mask, bytes, [&](U32 lanes) { passes += passesOf(addresses, lanes, std::max(bytes / 4, 1u)); });
    return passes;
}

U32 distinctSectors(const Addresses& addresses, std::uint32_t mask, std::array<U64, kLanes>& sectors)
{
    U32 count = 0;
    bool ascending = true;
    forLanes(mask, [&](U32 i) {
        const U64 sector = addresses.at[i] / kSectorBytes;
        if (count > 0 && sectors[count - 1] == sector)
            return;
        ascending = ascending && (count == 0 || sectors[count - 1] < sector);
        sectors[count++] = sector;
    });
    if (ascending)
        return count;
    std::sort(sectors.begin(), sectors.begin() + count);
    return static_cast<U32>(std::unique(sectors.begin(), sectors.begin() + count) - sectors.begin());
}

void analyse(AccessPattern& pattern, const Addresses& addresses, std::uint32_t mask, const AccessRequest& request,
             PtxSpace space)
{
    const U64 first = addresses.at[static_cast<U32>(std::countr_zero(mask))];
    pattern.mask = mask;
    pattern.phase = phaseOf(first, space);
    pattern.isSegmented = false;
    pattern.alignment = 0;
    pattern.lowest = pattern.highest = 0;
    for (U32 i = 0; i < kLanes; ++i) {
        const U64 distance = hasLane(mask, i) ? addresses.at[i] - first : 0;
        pattern.distance[i] = distance;
        pattern.low[i] = static_cast<I32>(distance);
        pattern.alignment |= distance;
        pattern.lowest = std::min(pattern.lowest, static_cast<I64>(distance));
        pattern.highest = std::max(pattern.highest, static_cast<I64>(distance));
    }
    pattern.isNear =
        pattern.lowest >= std::numeric_limits<I32>::min() && pattern.highest <= std::numeric_limits<I32>::max();
    pattern.shape = shapeOf(pattern, request.bytes);
    const auto middle = pattern.distance.begin() + kLanes / 2;
    pattern.repeats =
        mask == kAllLanes && pattern.shape == Shape::Distances && std::equal(pattern.distance.begin(), middle, middle);
    const auto isOneOf = [](const U64* begin, const U64* end) {
        return std::all_of(begin, end, [&](U64 distance) { return distance == *begin; });
    };
    pattern.isHalved = mask == kAllLanes && pattern.shape == Shape::Distances
        && isOneOf(pattern.distance.data(), pattern.distance.data() + kLanes / 2)
        && isOneOf(pattern.distance.data() + kLanes / 2, pattern.distance.data() + kLanes);
    std::array<U64, kLanes> sectors;
    if (space == PtxSpace::Shared)
        countPasses(pattern, addresses, request.bytes);
    else
        pattern.sectors = space == PtxSpace::Local ? localSectors(addresses, mask, request.bytes)
                                                   : distinctSectors(addresses, mask, sectors);
    if (request.kind == AccessKind::Atomic)
        pattern.sameAddress = mostOnOneAddress(addresses, mask);
}

}  // namespace warploom::emulator::WARPLOOM_ISA
