// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/MemoryAccess.h"

#include <fmt/format.h>

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

constexpr U32 kSectorBytes = 32;
constexpr U32 kBanks = 32;

struct Addresses {
    alignas(64) std::array<U64, kLanes> at;
};

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

Shape shapeOf(const Addresses& addresses, std::uint32_t mask, U32 bytes)
{
    if (mask != kAllLanes)
        return Shape::Scattered;
    U64 fromFirst = 0;
    U64 fromLine = 0;
    for (U32 i = 0; i < kLanes; ++i) {
        const U64 distance = addresses.at[i] - addresses.at[0];
        fromFirst |= distance;
        fromLine |= distance ^ (U64{i} * bytes);
    }
    return fromFirst == 0 ? Shape::Uniform : fromLine == 0 ? Shape::Contiguous : Shape::Scattered;
}

const char* verb(AccessKind kind)
{
    return kind == AccessKind::Load ? "reads" : kind == AccessKind::Store ? "writes" : "updates";
}

std::string describeOutside(const Region& near, U64 address, const AccessRequest& request)
{
    const auto offset = static_cast<I64>(address - near.begin);
    const auto size = static_cast<I64>(near.end - near.begin);
    const auto bytes = static_cast<I64>(request.bytes);
    const auto access = fmt::format("{} {} bytes at {} {} {}", verb(request.kind), bytes, near.name,
                                    offset < 0 ? '-' : '+', std::abs(offset));
    if (offset < 0)
        return fmt::format("{}, {} bytes before its start", access, -offset);
    if (offset + bytes <= size)
        return access + ", which is read-only";
    if (offset < size)
        return fmt::format("{}, of which {} are past its end", access, offset + bytes - size);
    return fmt::format("{}, {} bytes past its end", access, offset - size);
}

/// Raises the fault of \p lane, described against the buffer the address was probably meant for.
void raiseOutside(Warp& warp, const Instruction& in, U32 lane, U64 address, const AccessRequest& request)
{
    const Region* near = warp.block->memory->closest(address);
    if (near == nullptr) {
        warp.raise(
            in, lane, Verdict::OutOfBounds,
            fmt::format("{} {} bytes at {:#x}, which is in no buffer", verb(request.kind), request.bytes, address));
        return;
    }
    warp.raise(in, lane, Verdict::OutOfBounds, describeOutside(*near, address, request));
    warp.block->fault->buffer = near->name;
    warp.block->fault->byteOffset = static_cast<I64>(address - near->begin);
}

bool checkAlignment(Warp& warp, const Instruction& in, std::uint32_t mask, const Addresses& addresses,
                    const AccessRequest& request)
{
    U64 misaligned = 0;
    if (mask == kAllLanes) {
        for (U32 i = 0; i < kLanes; ++i)
            misaligned |= addresses.at[i];
    } else {
        forLanes(mask, [&](U32 i) { misaligned |= addresses.at[i]; });
    }
    if ((misaligned & (request.bytes - 1)) == 0)
        return true;
    U32 lane = 0;
    for (U32 rest = mask; rest != 0; rest &= rest - 1) {
        lane = static_cast<U32>(std::countr_zero(rest));
        if ((addresses.at[lane] & (request.bytes - 1)) != 0)
            break;
    }
    warp.raise(in, lane, Verdict::Crashed,
               fmt::format("misaligned address: {} {} bytes at {:#x}, which is no multiple of {}", verb(request.kind),
                           request.bytes, addresses.at[lane], request.bytes));
    return false;
}

/// Distinct sectors of the active lanes, ascending; at most one a lane, as no aligned access straddles two.
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

void countGlobal(Warp& warp, const Instruction& in, std::uint32_t mask, const Addresses& addresses, Shape shape,
                 const AccessRequest& request)
{
    BlockState& block = *warp.block;
    PcCounters& counters = block.counters[warp.pcOf(in)];
    std::array<U64, kLanes> sectors;
    U32 count = 0;
    if (shape == Shape::Uniform) {
        sectors[count++] = addresses.at[0] / kSectorBytes;
    } else if (shape == Shape::Contiguous && block.probe == nullptr) {
        count = static_cast<U32>((addresses.at[0] + kLanes * request.bytes - 1) / kSectorBytes
                                 - addresses.at[0] / kSectorBytes + 1);
    } else {
        count = distinctSectors(addresses, mask, sectors);
    }
    ++counters.requests;
    counters.sectors += count;
    if (block.probe != nullptr) {
        block.cost = {count, 0, 1, PtxSpace::Global};
        if (request.kind == AccessKind::Atomic)
            block.cost.sameAddress = mostOnOneAddress(addresses, mask);
        for (U32 i = 0; i < count; ++i)
            sectors[i] *= kSectorBytes;
        block.probe->onSectors(std::span(sectors.data(), count), request.kind, block.cost);
    }
}

/// Passes over the 32 banks that the lanes of \p part need: lanes that read the same word share it.
U32 bankPasses(const Addresses& addresses, std::uint32_t part, U32 wordsEach)
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

/// 8-byte accesses are served by half warps, 16-byte accesses by quarters.
void countShared(Warp& warp, const Instruction& in, std::uint32_t mask, const Addresses& addresses, Shape shape,
                 const AccessRequest& request)
{
    const U32 wordsEach = std::max(request.bytes / 4, 1u);
    const U32 parts = std::min(wordsEach, 4u);
    U32 passes = 0;
    U32 ideal = 0;
    if (shape == Shape::Uniform) {
        passes = ideal = 1;
    } else if (shape == Shape::Contiguous) {
        passes = ideal = parts;
    } else {
        const U32 lanesEach = kLanes / parts;
        for (U32 part = 0; part < parts; ++part) {
            const U32 lanes = mask & static_cast<U32>(((U64{1} << lanesEach) - 1) << (part * lanesEach));
            passes += bankPasses(addresses, lanes, wordsEach);
            ideal += lanes != 0 ? 1 : 0;
        }
    }
    PcCounters& counters = warp.block->counters[warp.pcOf(in)];
    ++counters.sharedRequests;
    counters.wavefronts += passes;
    counters.ideal += ideal;
    if (warp.block->probe != nullptr)
        warp.block->cost = {0, passes, request.kind == AccessKind::Atomic ? mostOnOneAddress(addresses, mask) : 1u,
                            PtxSpace::Shared};
}

bool resolveGlobal(Warp& warp, const Instruction& in, std::uint32_t mask, const Addresses& addresses,
                   const AccessRequest& request, Access& access)
{
    BlockState& block = *warp.block;
    const Region*& last = block.lastRegion[warp.pcOf(in)];
    const auto locate = [&](U32 lane, U64 bytes) -> std::byte* {
        const U64 address = addresses.at[lane];
        if (last == nullptr || !last->holds(address, bytes)) {
            const Region* region = block.memory->find(address, bytes);
            if (region == nullptr)
                return nullptr;
            last = region;
        }
        if (last->readOnly && request.kind != AccessKind::Load)
            return nullptr;
        if (last->lazy)
            last->lazy->touch(address - last->begin, bytes);
        return last->host + (address - last->begin);
    };
    if (access.shape != Shape::Scattered) {
        access.base = locate(0, access.shape == Shape::Uniform ? request.bytes : U64{request.bytes} * kLanes);
        if (access.base != nullptr)
            return true;
        access.shape = Shape::Scattered;  // some lane is outside: find it
    }
    for (U32 rest = mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        access.lane[lane] = locate(lane, request.bytes);
        if (access.lane[lane] == nullptr) {
            raiseOutside(warp, in, lane, addresses.at[lane], request);
            return false;
        }
    }
    return true;
}

/// A space that is one array for all lanes (shared memory, parameters).
bool resolveArray(Warp& warp, const Instruction& in, std::uint32_t mask, const Addresses& addresses,
                  const AccessRequest& request, std::span<std::byte> array, const char* name, Access& access)
{
    const auto inside = [&](U64 address, U64 bytes) {
        return address <= array.size() && bytes <= array.size() - address;
    };
    if (access.shape == Shape::Uniform && inside(addresses.at[0], request.bytes)) {
        access.base = array.data() + addresses.at[0];
        return true;
    }
    if (access.shape == Shape::Contiguous && inside(addresses.at[0], U64{request.bytes} * kLanes)) {
        access.base = array.data() + addresses.at[0];
        return true;
    }
    access.shape = Shape::Scattered;
    for (U32 rest = mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        const U64 address = addresses.at[lane];
        if (!inside(address, request.bytes)) {
            warp.raise(in, lane, Verdict::OutOfBounds,
                       fmt::format("{} {} bytes at {} + {}, {} bytes past its end", verb(request.kind), request.bytes,
                                   name, static_cast<I64>(address), static_cast<I64>(address - array.size())));
            warp.block->fault->buffer = name;
            warp.block->fault->byteOffset = static_cast<I64>(address);
            return false;
        }
        access.lane[lane] = array.data() + address;
    }
    return true;
}

/// Local memory: the hardware interleaves it by words, so lanes at one offset share sectors.
bool resolveLocal(Warp& warp, const Instruction& in, std::uint32_t mask, const Addresses& addresses,
                  const AccessRequest& request, Access& access)
{
    BlockState& block = *warp.block;
    const U64 each = block.program->localBytes;
    access.shape = Shape::Scattered;
    for (U32 rest = mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        const U64 address = addresses.at[lane];
        if (address > each || request.bytes > each - address) {
            warp.raise(in, lane, Verdict::OutOfBounds,
                       fmt::format("{} {} bytes at local memory + {}, which holds {} bytes a thread",
                                   verb(request.kind), request.bytes, static_cast<I64>(address), each));
            return false;
        }
        access.lane[lane] = block.local.data() + (U64{warp.index} * kLanes + lane) * each + address;
    }
    std::array<U64, kLanes> words;
    U32 count = 0;
    forLanes(mask, [&](U32 lane) { words[count++] = addresses.at[lane] / request.bytes; });
    std::sort(words.begin(), words.begin() + count);
    const auto distinct = static_cast<U32>(std::unique(words.begin(), words.begin() + count) - words.begin());
    PcCounters& counters = block.counters[warp.pcOf(in)];
    ++counters.requests;
    counters.sectors += distinct * request.bytes;  // 32 lanes × bytes / 32 bytes a sector
    if (block.probe != nullptr)
        block.cost = {distinct * request.bytes, 0, 1, PtxSpace::Local};
    return true;
}

bool resolveIn(PtxSpace space, Warp& warp, const Instruction& in, std::uint32_t mask, const Addresses& addresses,
               const AccessRequest& request, Access& access)
{
    BlockState& block = *warp.block;
    block.cost = {0, 0, 1, space};
    if (space == PtxSpace::Local)
        return resolveLocal(warp, in, mask, addresses, request, access);
    if (space == PtxSpace::Parameter) {
        if (request.kind != AccessKind::Load) {
            warp.raise(in, static_cast<U32>(std::countr_zero(mask)), Verdict::OutOfBounds,
                       "writes to the parameters, which are read-only");
            return false;
        }
        auto* bytes = const_cast<std::byte*>(block.parameters.data());
        return resolveArray(warp, in, mask, addresses, request, {bytes, block.parameters.size()}, "the parameters",
                            access);
    }
    if (space == PtxSpace::Shared) {
        const Shape shape = access.shape;
        if (!resolveArray(warp, in, mask, addresses, request, block.shared, "shared memory", access))
            return false;
        countShared(warp, in, mask, addresses, shape, request);
        return true;
    }
    const Shape shape = access.shape;
    if (!resolveGlobal(warp, in, mask, addresses, request, access))
        return false;
    if (space != PtxSpace::Constant)
        countGlobal(warp, in, mask, addresses, shape, request);
    return true;
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

/// Generic addresses: lanes that point into the same space go together.
bool resolveGeneric(Warp& warp, const Instruction& in, std::uint32_t mask, const Addresses& addresses,
                    const AccessRequest& request, Access& access)
{
    const Shape shape = access.shape;
    for (U32 rest = mask; rest != 0;) {
        const PtxSpace space = spaceOf(addresses.at[static_cast<U32>(std::countr_zero(rest))]);
        const U32 same = testLanes([&](U32 i) { return spaceOf(addresses.at[i]) == space; }) & rest;
        Addresses offsets = addresses;
        for (U64& address : offsets.at)
            address -= windowOf(space);
        access.shape = same == kAllLanes ? shape : Shape::Scattered;
        if (!resolveIn(space, warp, in, same, offsets, request, access))
            return false;
        rest &= ~same;
    }
    return true;
}

}  // namespace

bool resolveAccess(Warp& warp, const Instruction& in, std::uint32_t mask, const AccessRequest& request, Access& access)
{
    Addresses addresses;
    readAddresses(warp, in, request, addresses);
    access.shape = shapeOf(addresses, mask, request.bytes);
    if (!checkAlignment(warp, in, mask, addresses, request))
        return false;
    if (request.space == PtxSpace::Generic)
        return resolveGeneric(warp, in, mask, addresses, request, access);
    return resolveIn(request.space, warp, in, mask, addresses, request, access);
}

}  // namespace warploom::emulator::WARPLOOM_ISA
