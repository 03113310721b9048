// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>

#include "device/emulator/AccessFaults.h"
#include "device/emulator/AccessPattern.h"
#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

/// One access by a warp, checked and counted: host addresses that are safe to use.
struct Access {
    Shape shape = Shape::Pointers;
    std::byte* base = nullptr;  ///< of the first active lane
    const AccessPattern* pattern = nullptr;  ///< distances from base, by lane; unless Pointers
    std::array<std::byte*, kLanes> lane;  ///< of the active lanes, for Pointers

    [[nodiscard]] std::byte* of(std::uint32_t i) const
    {
        return shape == Shape::Pointers ? lane[i] : base + pattern->distance[i];
    }
};

struct AccessRequest {
    PtxSpace space = PtxSpace::Global;
    AccessKind kind = AccessKind::Load;
    std::uint32_t bytes = 4;  ///< a lane
    bool wideAddress = true;
    std::size_t addressOperand = 0;
    std::int64_t offset = 0;  ///< added to the operand
    std::uint32_t part = 0;  ///< 1 for the second access of one instruction
    std::uint32_t elements = 0;  ///< of a store from registers, in operands 1, 2, …; 0: values are not known yet
    bool isOrdered = false;  ///< volatile, relaxed, acquire or release
    bool overwrites = false;  ///< an atomic that does not depend on what was there
    bool arrivesLater = false;  ///< a store by cp.async, which has to be waited for
};

inline PtxSpace memorySpace(const Instruction& in) { return static_cast<PtxSpace>(in.target & 0xff); }
inline bool memoryIsWide(const Instruction& in) { return (in.target & MemoryTarget::kWide) != 0; }
inline bool memoryIsVolatile(const Instruction& in) { return (in.target & MemoryTarget::kVolatile) != 0; }
/// cp.async has two addresses, hence two offsets in its immediate.
inline std::int64_t copyTargetOffset(const Instruction& in) { return static_cast<I32>(in.immediate & 0xffffffff); }
inline std::int64_t copySourceOffset(const Instruction& in) { return in.immediate >> 32; }

struct Addresses {
    alignas(64) std::array<U64, kLanes> at;
};

/// One access on its way through the checks.
struct Attempt {
    Warp& warp;
    const Instruction& in;
    const AccessRequest& request;
    AccessPattern& pattern;
    std::uint32_t mask;
    U64 first;  ///< address of the first active lane

    [[nodiscard]] U32 firstLane() const { return static_cast<U32>(std::countr_zero(mask)); }
    [[nodiscard]] U64 address(U32 activeLane) const { return first + pattern.distance[activeLane]; }
    /// Lowest address and number of bytes up to the end of the highest one.
    [[nodiscard]] U64 begin() const { return first + static_cast<U64>(pattern.lowest); }
    [[nodiscard]] U64 extent() const { return static_cast<U64>(pattern.highest - pattern.lowest) + request.bytes; }
    [[nodiscard]] RefusedAccess refused(U32 lane) const { return {request.kind, request.bytes, lane, address(lane)}; }
};

/// What of the first address a pattern's costs depend on.
inline U32 phaseOf(U64 first, PtxSpace space)
{
    return static_cast<U32>(first % (space == PtxSpace::Shared ? 4 : 32)) | static_cast<U32>(space) << 8;
}
/// Makes \p pattern describe the active lanes of \p addresses.
void analyse(AccessPattern& pattern, const Addresses& addresses, std::uint32_t mask, const AccessRequest& request,
             PtxSpace space);
/// Passes over the 32 banks, of shared memory or of L1, in which the active lanes get so many bytes each.
U32 bankPasses(const Addresses& addresses, std::uint32_t mask, U32 bytes);
/// Distinct sectors of the active lanes, ascending; at most one a lane, as no aligned access straddles two.
U32 distinctSectors(const Addresses& addresses, std::uint32_t mask, std::array<U64, kLanes>& sectors);

/// The address operand of every lane, offset added.
void readAddresses(const Warp& warp, const Instruction& in, const AccessRequest& request, Addresses& addresses);
/// Turns the address operand into host addresses, checks bounds and alignment of every active lane and counts. False
/// after it has raised a fault.
bool resolveAccess(Warp& warp, const Instruction& in, std::uint32_t mask, const AccessRequest& request, Access& access);
/// resolveAccess() for what is most frequent, in a few instructions: whole warps in shared memory that stand as an
/// instruction before this one has found (Instruction::followsBase), aligned and inside, where nobody else watches.
/// False, and nothing done, where any of that does not hold.
inline bool resolveAgain(const Warp& warp, const Instruction& in, std::uint32_t mask, const AccessRequest& request,
                         Access& access)
{
    const BlockState& block = *warp.block;
    const AccessPattern& pattern = block.patterns[in.accessSlot];
    const bool isFrequent =
        in.followsBase != 0 && request.space == PtxSpace::Shared && block.checks == nullptr && block.probe == nullptr;
    if (!isFrequent || mask != kAllLanes || pattern.mask != mask || pattern.warp != warp.index)
        return false;
    const U32 place = in.operand[request.addressOperand];
    const U64 first =
        (request.wideAddress ? *warp.lanes<U64>(place) : *warp.lanes<U32>(place)) + static_cast<U64>(request.offset);
    const U64 begin = first + static_cast<U64>(pattern.lowest);
    const U64 extent = static_cast<U64>(pattern.highest - pattern.lowest) + request.bytes;
    const U64 size = block.shared.size();
    if (pattern.phase != phaseOf(first, PtxSpace::Shared) || ((first | pattern.alignment) & (request.bytes - 1)) != 0
        || begin > size || extent > size - begin)
        return false;
    PcCounters& counters = block.counters[warp.pcOf(in)];
    ++counters.sharedRequests;
    counters.wavefronts += pattern.passes;
    counters.ideal += pattern.ideal;
    access.shape = pattern.shape;
    access.base = block.shared.data() + first;
    access.pattern = &pattern;
    return true;
}
/// The same for addresses that are known already.
bool resolveAddresses(Warp& warp, const Instruction& in, std::uint32_t mask, const AccessRequest& request,
                      const Addresses& addresses, Access& access);

}  // namespace warploom::emulator::WARPLOOM_ISA
