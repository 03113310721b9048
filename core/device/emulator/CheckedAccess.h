// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "device/emulator/MemoryAccess.h"

namespace warploom::emulator::WARPLOOM_ISA {

/// Each of these watches one access that is inside its memory and aligned, before it is made. False after it has raised
/// a fault: a race, or a read of what nobody has written.
bool watchShared(const Attempt& attempt);
bool watchLocal(const Attempt& attempt);
/// \p isScattered: the lanes are in more than one buffer.
bool watchRegions(const Attempt& attempt, bool isScattered);

inline bool watchGlobal(const Attempt& attempt, bool isScattered)
{
    const BlockState& block = *attempt.warp.block;
    const Region& region = *block.lastRegion[attempt.in.accessSlot + attempt.request.part];
    const bool isPlainSight = !region.isWatched && region.written.data() == nullptr && !isScattered;
    const bool isOrdering = attempt.request.isOrdered || attempt.request.kind == AccessKind::Atomic;
    return (isPlainSight && (!isOrdering || block.checks == nullptr)) || watchRegions(attempt, isScattered);
}

}  // namespace warploom::emulator::WARPLOOM_ISA
