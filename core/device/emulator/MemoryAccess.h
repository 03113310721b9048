// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>

#include "device/emulator/HandlerSupport.h"
#include "device/emulator/TimingProbe.h"

namespace warploom::emulator::WARPLOOM_ISA {

/// How the addresses of a warp lie to each other.
enum class Shape : std::uint8_t {
    Uniform,  ///< all the same
    Contiguous,  ///< 32 neighbours in lane order
    Scattered,
};

/// One access by a warp, checked and counted: host addresses that are safe to use.
struct Access {
    Shape shape = Shape::Scattered;
    std::byte* base = nullptr;  ///< first lane's when uniform or contiguous
    alignas(64) std::array<std::byte*, kLanes> lane;  ///< of the active lanes when scattered
};

struct AccessRequest {
    PtxSpace space = PtxSpace::Global;
    AccessKind kind = AccessKind::Load;
    std::uint32_t bytes = 4;  ///< a lane
    bool wideAddress = true;
    std::size_t addressOperand = 0;
    std::int64_t offset = 0;  ///< added to the operand
};

inline PtxSpace memorySpace(const Instruction& in) { return static_cast<PtxSpace>(in.target & 0xff); }
inline bool memoryIsWide(const Instruction& in) { return (in.target & MemoryTarget::kWide) != 0; }
/// cp.async has two addresses, hence two offsets in its immediate.
inline std::int64_t copyTargetOffset(const Instruction& in) { return static_cast<I32>(in.immediate & 0xffffffff); }
inline std::int64_t copySourceOffset(const Instruction& in) { return in.immediate >> 32; }

/// Turns the address operand into host addresses, checks bounds and alignment of every active lane and counts. False
/// after it has raised a fault.
bool resolveAccess(Warp& warp, const Instruction& in, std::uint32_t mask, const AccessRequest& request, Access& access);

}  // namespace warploom::emulator::WARPLOOM_ISA
