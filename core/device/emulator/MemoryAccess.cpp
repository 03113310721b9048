// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/MemoryAccess.h"

#include "device/emulator/CheckedAccess.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

bool isAligned(const Attempt& attempt)
{
    const U64 low = attempt.request.bytes - 1;
    if (((attempt.first() | attempt.pattern.alignment) & low) == 0)
        return true;
    for (U32 rest = attempt.mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        if ((attempt.addresses.at[lane] & low) == 0)
            continue;
        raiseMisaligned(attempt.warp, attempt.in, attempt.refused(lane));
        return false;
    }
    return true;
}

void countGlobal(const Attempt& attempt)
{
    BlockState& block = *attempt.warp.block;
    PcCounters& counters = block.counters[attempt.warp.pcOf(attempt.in)];
    ++counters.requests;
    counters.sectors += attempt.pattern.sectors;
    if (block.probe == nullptr)
        return;
    block.cost = {attempt.pattern.sectors, 0, attempt.pattern.sameAddress, PtxSpace::Global};
    std::array<U64, kLanes> sectors;
    const U32 count = distinctSectors(attempt.addresses, attempt.mask, sectors);
    for (U32 i = 0; i < count; ++i)
        sectors[i] *= 32;
    block.probe->onSectors(std::span(sectors.data(), count), attempt.request.kind, block.cost);
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
             [&](U32 i) { region.lazy->touch(attempt.addresses.at[i] - region.begin, attempt.request.bytes); });
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
        access.lane[lane] = locate(attempt, attempt.addresses.at[lane], attempt.request.bytes);
        if (access.lane[lane] == nullptr) {
            raiseOutsideBuffers(attempt.warp, attempt.in, attempt.refused(lane));
            return false;
        }
        if (last->lazy)
            last->lazy->touch(attempt.addresses.at[lane] - last->begin, attempt.request.bytes);
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
        access.base = array.data() + attempt.first();
        return true;
    }
    for (U32 rest = attempt.mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        if (inside(attempt.addresses.at[lane], attempt.request.bytes))
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
        const U64 address = attempt.addresses.at[lane];
        if (address > each || attempt.request.bytes > each - address) {
            raiseOutsideLocal(attempt.warp, attempt.in, attempt.refused(lane));
            return false;
        }
        access.lane[lane] = block.local.data() + (U64{attempt.warp.index} * kLanes + lane) * each + address;
    }
    PcCounters& counters = block.counters[attempt.warp.pcOf(attempt.in)];
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
    access.distance = attempt.pattern.distance.data();
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

/// Generic addresses: lanes that point into the same space go together, nearly always all of them.
bool resolveGeneric(Warp& warp, const Instruction& in, std::uint32_t mask, const AccessRequest& request,
                    Addresses& addresses, AccessPattern& pattern, Access& access)
{
    Access part;
    for (U32 rest = mask; rest != 0;) {
        const PtxSpace space = spaceOf(addresses.at[static_cast<U32>(std::countr_zero(rest))]);
        const U32 same = testLanes([&](U32 i) { return spaceOf(addresses.at[i]) == space; }) & rest;
        const U64 window = windowOf(space);
        forLanes(same, [&](U32 i) { addresses.at[i] -= window; });
        recognise(pattern, addresses, same, request, space);
        const bool isWhole = same == mask;
        if (!resolveIn(space, {warp, in, request, addresses, pattern, same}, isWhole ? access : part))
            return false;
        if (!isWhole)
            forLanes(same, [&](U32 i) { access.lane[i] = part.of(i); });
        rest &= ~same;
    }
    return true;
}

}  // namespace

void readAddresses(const Warp& warp, const Instruction& in, const AccessRequest& request, Addresses& addresses)
{
    const auto offset = static_cast<U64>(request.offset);
    const U32 place = in.operand[request.addressOperand];
    if (place == kNoOperand) {
        addresses.at.fill(offset);
    } else if (request.wideAddress) {
        const U64* base = warp.lanes<U64>(place);
        for (U32 i = 0; i < kLanes; ++i)
            addresses.at[i] = base[i] + offset;
    } else {
        const U32* base = warp.lanes<U32>(place);
        for (U32 i = 0; i < kLanes; ++i)
            addresses.at[i] = base[i] + offset;
    }
}

bool resolveAccess(Warp& warp, const Instruction& in, std::uint32_t mask, const AccessRequest& request, Access& access)
{
    Addresses addresses;
    readAddresses(warp, in, request, addresses);
    return resolveAddresses(warp, in, mask, request, addresses, access);
}

bool resolveAddresses(Warp& warp, const Instruction& in, std::uint32_t mask, const AccessRequest& request,
                      Addresses& addresses, Access& access)
{
    AccessPattern& pattern = warp.block->patterns[in.accessSlot + request.part];
    if (request.space == PtxSpace::Generic)
        return resolveGeneric(warp, in, mask, request, addresses, pattern, access);
    recognise(pattern, addresses, mask, request, request.space);
    return resolveIn(request.space, {warp, in, request, addresses, pattern, mask}, access);
}

}  // namespace warploom::emulator::WARPLOOM_ISA
