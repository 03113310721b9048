// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"

namespace warploom {

/// A kernel that is one loop over items, each round with nothing left to the next, as one of a thread an item without a
/// guard: threads stride over the grid's first direction, or those of a block over the items of blockIdx.x. Others of
/// the grid's directions tell layers apart, and nothing else asks who it is.
std::optional<GuardedKernel> itemLoop(const KernelScope& kernel);

/// Whether the items of such a kernel are those of blockIdx.x.
bool isLoopOfBlock(const KernelScope& kernel, const GuardedKernel& items);

}  // namespace warploom
