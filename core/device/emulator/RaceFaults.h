// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "device/emulator/AccessFaults.h"
#include "device/emulator/SharedShadow.h"

namespace warploom::emulator {

/// "thread 37", or "thread (5, 1)" in blocks of more dimensions.
std::string threadName(const BlockState& block, std::uint32_t thread);
/// " at line 12" of an instruction, or nothing where it is not known.
std::string lineName(const Program& program, std::uint32_t pc);

/// Each of these records the block's fault; the address of \p access is the byte concerned, within its space.
void raiseSharedRace(Warp& warp, const Instruction& instruction, const RefusedAccess& access,
                     const SharedConflict& earlier);
/// \p earlier is a thread of the same block that wrote the byte of buffer \p name.
void raiseGlobalRace(Warp& warp, const Instruction& instruction, const RefusedAccess& access, const std::string& name,
                     const Toucher& earlier);
/// Lanes \p first and that of \p access write different values to one address.
void raiseLanesDisagree(Warp& warp, const Instruction& instruction, std::uint32_t first, const RefusedAccess& access);
/// A read of bytes that nobody has written in the memory called \p name.
void raiseUnwritten(Warp& warp, const Instruction& instruction, const RefusedAccess& access, const std::string& name);

}  // namespace warploom::emulator
