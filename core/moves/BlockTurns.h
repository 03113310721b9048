// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// A kernel whose blocks do not know how many there are, so that one of them can do the work of several in turn.
struct BlockTurns {
    std::vector<TextRange> numbers;  ///< where blockIdx.x stands
    std::vector<TextRange> returns;  ///< each ends a turn
    bool needsBarrier = false;  ///< before each turn, as blocks share memory
};

/// Nothing where blocks wait for each other, know their number otherwise or change what the next turn begins with.
std::optional<BlockTurns> blockTurns(const KernelScope& kernel);

}  // namespace warploom
