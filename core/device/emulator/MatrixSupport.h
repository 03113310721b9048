// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "device/emulator/AccessFaults.h"
#include "device/emulator/HandlerSupport.h"
#include "device/emulator/MatrixTable.h"

namespace warploom::emulator::WARPLOOM_ISA {

inline const MatrixUse& matrixUse(const Warp& warp, const Instruction& in)
{
    return warp.block->program->matrices[in.target >> kMatrixShift];
}

/// False after it has raised a fault: fragments are spread over all lanes of a warp.
inline bool hasWholeWarp(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    if (mask == kAllLanes) [[likely]]
        return true;
    raiseLanesMissing(warp, in, mask);
    return false;
}

}  // namespace warploom::emulator::WARPLOOM_ISA
