// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/MemoryAccess.h"

#include "device/emulator/CheckedAccess.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

bool isAligned(const Attempt& attempt)
{
    const U64 low = attempt.request.bytes - 1;
    if (((attempt.first | attempt.pattern.alignment) & low) == 0)
        return true;
    for (U32 rest = attempt.mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        if ((attempt.address(lane) & low) == 0)
            continue;
        raiseMisaligned(attempt.warp, attempt.in, attempt.refused(lane));
        return false;
    }
    return true;
}

Addresses addressesOf(const Attempt& attempt)
{
    Addresses addresses;
    for (U32 i = 0; i < kLanes; ++i)
        addresses.at[i] = attempt.address(i);
    return addresses;
}

/// Each of \p sectors as often as most of the lanes meet on one address in it.
std::vector<U64> updatesOf(const Attempt& attempt, std::span<const U64> sectors)
{
    const auto sectorOf = [&](U32 lane) { return attempt.address(lane) / 32 * 32; };
    std::vector<U64> updates;
    for (const U64 sector : sectors) {
        int most = 0;
        forLanes(attempt.mask, [&](U32 i) {
            if (sectorOf(i) != sector)
                return;
            const U32 same = testLanes([&](U32 k) { return attempt.address(k) == attempt.address(i); });
            most = std::max(most, std::popcount(same & attempt.mask));
        });
        updates.insert(updates.end(), static_cast<std::size_t>(most), sector);
    }
    return updates;
}

void countGlobal(const Attempt& attempt)
{
    BlockState& block = *attempt.warp.block;
    const U32 pc = attempt.warp.pcOf(attempt.in);
    PcCounters& counters = block.counters[pc];
    ++counters.requests;
    counters.sectors += attempt.pattern.sectors;
    if (block.probe == nullptr)
        return;
    block.cost = {attempt.pattern.sectors, 0, attempt.pattern.sameAddress, PtxSpace::Global};
    std::array<U64, kLanes> sectors;
    const Addresses addresses = addressesOf(attempt);
    const U32 count = distinctSectors(addresses, attempt.mask, sectors);
    for (U32 i = 0; i < count; ++i)
        sectors[i] *= 32;
    block.probe->onSectors(pc, std::span(sectors.data(), count), attempt.request.kind,
                           bankPasses(addresses, attempt.mask, attempt.request.bytes));
    if (attempt.request.kind == AccessKind::Atomic)
        block.probe->onUpdates(updatesOf(attempt, std::span(sectors.data(), count)));
}

/// Host address of one access, or null when no buffer allows it.
std::byte* locate(const Attempt& attempt, U64 address, U64 bytes)
{
    BlockState& block = *attempt.warp.block;
    const Region*& last = block.lastRegion[attempt.in.accessSlot + attempt.request.part];
    if (last == nullptr || !last->holds(address, bytes)) {
        const Region* region = block.memory->find(address, bytes);
        if (region == nullptr)
            return nullptr;
        last = region;
    }
    if (last->readOnly && attempt.request.kind != AccessKind::Load)
        return nullptr;
    return last->host + (address - last->begin);
}

void touch(const Attempt& attempt, const Region& region)
{
    if (attempt.pattern.shape != Shape::Distances) {
        region.lazy->touch(attempt.begin() - region.begin, attempt.extent());
        return;
    }
    forLanes(attempt.mask,
             [&](U32 i) { region.lazy->touch(attempt.address(i) - region.begin, attempt.request.bytes); });
}

bool resolveGlobal(const Attempt& attempt, Access& access)
{
    BlockState& block = *attempt.warp.block;
    const Region*& last = block.lastRegion[attempt.in.accessSlot + attempt.request.part];
    if (std::byte* lowest = locate(attempt, attempt.begin(), attempt.extent())) {
        access.base = lowest - attempt.pattern.lowest;
        if (last->lazy)
            touch(attempt, *last);
        return true;
    }
    access.shape = Shape::Pointers;  // lanes in several buffers, or one outside of all
    for (U32 rest = attempt.mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        access.lane[lane] = locate(attempt, attempt.address(lane), attempt.request.bytes);
        if (access.lane[lane] == nullptr) {
            raiseOutsideBuffers(attempt.warp, attempt.in, attempt.refused(lane));
            return false;
        }
        if (last->lazy)
            last->lazy->touch(attempt.address(lane) - last->begin, attempt.request.bytes);
    }
    return true;
}

/// A space that is one array for all lanes (shared memory, parameters).
bool resolveArray(const Attempt& attempt, std::span<std::byte> array, const char* name, Access& access)
{
    const auto inside = [&](U64 address, U64 bytes) {
        return address <= array.size() && bytes <= array.size() - address;
    };
    if (inside(attempt.begin(), attempt.extent())) {
        access.base = array.data() + attempt.first;
        return true;
    }
    for (U32 rest = attempt.mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        if (inside(attempt.address(lane), attempt.request.bytes))
            continue;
        raiseOutsideArray(attempt.warp, attempt.in, attempt.refused(lane), name, array.size());
        return false;
    }
    return true;
}

bool resolveShared(const Attempt& attempt, Access& access)
{
    BlockState& block = *attempt.warp.block;
    if (!resolveArray(attempt, block.shared, "shared memory", access))
        return false;
    PcCounters& counters = block.counters[attempt.warp.pcOf(attempt.in)];
    ++counters.sharedRequests;
    counters.wavefronts += attempt.pattern.passes;
    counters.ideal += attempt.pattern.ideal;
    block.cost = {0, attempt.pattern.passes, attempt.pattern.sameAddress, PtxSpace::Shared};
    return block.checks == nullptr || watchShared(attempt);
}

bool resolveLocal(const Attempt& attempt, Access& access)
{
    BlockState& block = *attempt.warp.block;
    const U64 each = block.program->localBytes;
    access.shape = Shape::Pointers;
    for (U32 rest = attempt.mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        const U64 address = attempt.address(lane);
        if (address > each || attempt.request.bytes > each - address) {
            raiseOutsideLocal(attempt.warp, attempt.in, attempt.refused(lane));
            return false;
        }
        access.lane[lane] = block.local.data() + (U64{attempt.warp.index} * kLanes + lane) * each + address;
    }
    const U32 pc = attempt.warp.pcOf(attempt.in);
    PcCounters& counters = block.counters[pc];
    ++counters.requests;
    counters.sectors += attempt.pattern.sectors;
    block.cost = {attempt.pattern.sectors, 0, 1, PtxSpace::Local};
    return block.checks == nullptr || watchLocal(attempt);
}

bool resolveParameters(const Attempt& attempt, Access& access)
{
    const auto parameters = attempt.warp.block->parameters;
    if (attempt.request.kind != AccessKind::Load) {
        attempt.warp.raise(attempt.in, attempt.firstLane(), Verdict::OutOfBounds,
                           "writes to the parameters, which are read-only");
        return false;
    }
    auto* bytes = const_cast<std::byte*>(parameters.data());  // only ever read: see above
    return resolveArray(attempt, {bytes, parameters.size()}, "the parameters", access);
}

bool resolveIn(PtxSpace space, const Attempt& attempt, Access& access)
{
    attempt.warp.block->cost = {0, 0, 1, space};
    access.shape = attempt.pattern.shape;
    access.pattern = &attempt.pattern;
    if (!isAligned(attempt))
        return false;
    switch (space) {
    case PtxSpace::Local:
        return resolveLocal(attempt, access);
    case PtxSpace::Parameter:
        return resolveParameters(attempt, access);
    case PtxSpace::Shared:
        return resolveShared(attempt, access);
    case PtxSpace::Constant:
        return resolveGlobal(attempt, access) && watchGlobal(attempt, access.shape == Shape::Pointers);
    default:
        break;
    }
    if (!resolveGlobal(attempt, access))
        return false;
    countGlobal(attempt);
    return watchGlobal(attempt, access.shape == Shape::Pointers);
}

PtxSpace spaceOf(U64 address)
{
    if (address < kSharedWindow || address >= kParameterWindow + kWindowBytes)
        return PtxSpace::Global;
    return address < kLocalWindow    ? PtxSpace::Shared
        : address < kParameterWindow ? PtxSpace::Local
                                     : PtxSpace::Parameter;
}

U64 windowOf(PtxSpace space)
{
    return space == PtxSpace::Shared   ? kSharedWindow
        : space == PtxSpace::Local     ? kLocalWindow
        : space == PtxSpace::Parameter ? kParameterWindow
                                       : 0;
}

/// Distances as they come out of registers of T's width.
template <typename T>
const T* distancesOf(const AccessPattern& pattern)
{
    if constexpr (sizeof(T) == sizeof(U64))
        return pattern.distance.data();
    else
        return reinterpret_cast<const T*>(pattern.low.data());
}

/// Whether the lanes of \p mask lie to each other as in the latest access. \p base are their addresses but for an
/// offset that they have in common.
template <typename T>
bool isAlike(const AccessPattern& pattern, const T* base, std::uint32_t mask)
{
    if (pattern.mask != mask)
        return false;
    const T first = base[static_cast<U32>(std::countr_zero(mask))];
    const T* distance = distancesOf<T>(pattern);
    T changed = 0;
    if (mask == kAllLanes) {
        for (U32 i = 0; i < kLanes; ++i)
            changed |= (base[i] - first) ^ distance[i];
    } else {
        for (U32 i = 0; i < kLanes; ++i)
            changed |= hasLane(mask, i) ? (base[i] - first) ^ distance[i] : T{0};
    }
    // Narrow distances are equal modulo 2^32, and equal at all where nothing wraps around.
    constexpr U64 kMost = std::numeric_limits<T>::max();
    return changed == 0
        && (sizeof(T) == sizeof(U64)
            || std::max(first + static_cast<U64>(pattern.lowest), first + static_cast<U64>(pattern.highest)) <= kMost);
}

template <typename T>
void addOffset(const T* base, U64 offset, Addresses& addresses)
{
    for (U32 i = 0; i < kLanes; ++i)
        addresses.at[i] = base[i] + offset;
}

/// Generic addresses: lanes that point into the same space go together.
bool resolveScattered(const Attempt& whole, Addresses& addresses, Access& access)
{
    Access part;
    for (U32 rest = whole.mask; rest != 0;) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        const PtxSpace space = spaceOf(addresses.at[lane]);
        const U32 same = testLanes([&](U32 i) { return spaceOf(addresses.at[i]) == space; }) & rest;
        const U64 window = windowOf(space);
        forLanes(same, [&](U32 i) { addresses.at[i] -= window; });
        analyse(whole.pattern, addresses, same, whole.request, space);
        const bool isWhole = same == whole.mask;
        const Attempt attempt{whole.warp, whole.in, whole.request, whole.pattern, same, addresses.at[lane]};
        if (!resolveIn(space, attempt, isWhole ? access : part))
            return false;
        if (!isWhole) {
            access.shape = Shape::Pointers;
            forLanes(same, [&](U32 i) { access.lane[i] = part.of(i); });
        }
        rest &= ~same;
    }
    return true;
}

/// \p follows: Instruction::followsBase holds for \p base.
template <typename T>
bool resolveFrom(Warp& warp, const Instruction& in, std::uint32_t mask, const AccessRequest& request, const T* base,
                 bool follows, Access& access)
{
    AccessPattern& pattern = warp.block->patterns[in.accessSlot + request.part];
    const auto offset = static_cast<U64>(request.offset);
    const bool isGeneric = request.space == PtxSpace::Generic;
    U64 first = base[static_cast<U32>(std::countr_zero(mask))] + offset;
    const PtxSpace space = isGeneric ? spaceOf(first) : request.space;
    const U64 window = isGeneric ? windowOf(space) : 0;
    const bool isSame = follows && pattern.warp == warp.index && pattern.mask == mask;
    bool isKnown = (isSame || isAlike(pattern, base, mask)) && pattern.phase == phaseOf(first - window, space);
    if (isGeneric)
        isKnown = isKnown && spaceOf(first + static_cast<U64>(pattern.lowest)) == space
            && spaceOf(first + static_cast<U64>(pattern.highest)) == space;
    if (!isKnown) [[unlikely]] {
        Addresses addresses;
        addOffset(base, offset, addresses);
        pattern.warp = AccessPattern::kNoWarp;
        if (isGeneric)
            return resolveScattered({warp, in, request, pattern, mask, first}, addresses, access);
        analyse(pattern, addresses, mask, request, space);
    }
    pattern.warp = warp.index;
    return resolveIn(space, {warp, in, request, pattern, mask, first - window}, access);
}

}  // namespace

void readAddresses(const Warp& warp, const Instruction& in, const AccessRequest& request, Addresses& addresses)
{
    const auto offset = static_cast<U64>(request.offset);
    const U32 place = in.operand[request.addressOperand];
    if (place == kNoOperand)
        addresses.at.fill(offset);
    else if (request.wideAddress)
        addOffset(warp.lanes<U64>(place), offset, addresses);
    else
        addOffset(warp.lanes<U32>(place), offset, addresses);
}

bool resolveAccess(Warp& warp, const Instruction& in, std::uint32_t mask, const AccessRequest& request, Access& access)
{
    const U32 place = in.operand[request.addressOperand];
    if (place == kNoOperand)
        return resolveFrom(warp, in, mask, request, std::array<U64, kLanes>{}.data(), false, access);
    const bool follows = in.followsBase != 0;
    return request.wideAddress ? resolveFrom(warp, in, mask, request, warp.lanes<U64>(place), follows, access)
                               : resolveFrom(warp, in, mask, request, warp.lanes<U32>(place), follows, access);
}

bool resolveAddresses(Warp& warp, const Instruction& in, std::uint32_t mask, const AccessRequest& request,
                      const Addresses& addresses, Access& access)
{
    AccessRequest absolute = request;
    absolute.offset = 0;
    return resolveFrom(warp, in, mask, absolute, addresses.at.data(), false, access);
}

}  // namespace warploom::emulator::WARPLOOM_ISA
