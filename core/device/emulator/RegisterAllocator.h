// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "device/emulator/Program.h"

namespace warploom::emulator {

/// A register before it has a place in the frame.
struct VirtualRegister {
    std::uint32_t bytes = 4;  ///< a lane: 2, 4 or 8; 0 for a predicate
    bool isPinned = false;  ///< keeps a place of its own: constants and special registers
};

/// Gives every virtual register a place in the warp's frame so that those that are never alive together share one: a
/// kernel's thousands of registers then fit into the L1 cache. \p program still has register numbers where frame
/// offsets belong; they are replaced, and frameBytes is set. Returns the offset of every register.
std::vector<std::uint32_t> allocateRegisters(Program& program, const std::vector<VirtualRegister>& registers);

}  // namespace warploom::emulator
