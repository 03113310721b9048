// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "device/emulator/Warp.h"

namespace warploom::emulator {

/// What an access wanted, for the words of its fault.
struct RefusedAccess {
    AccessKind kind = AccessKind::Load;
    std::uint32_t bytes = 4;
    std::uint32_t lane = 0;
    std::uint64_t address = 0;  ///< within its space
};

/// Each of these records the block's fault.
void raiseOutsideBuffers(Warp& warp, const Instruction& instruction, const RefusedAccess& access);
void raiseOutsideArray(Warp& warp, const Instruction& instruction, const RefusedAccess& access, const char* array,
                       std::uint64_t size);
void raiseOutsideLocal(Warp& warp, const Instruction& instruction, const RefusedAccess& access);
void raiseMisaligned(Warp& warp, const Instruction& instruction, const RefusedAccess& access);

/// An instruction of a whole warp without some of its lanes.
void raiseLanesMissing(Warp& warp, const Instruction& instruction, std::uint32_t present);

}  // namespace warploom::emulator
