// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// What threads of a block use together: arrays in shared memory, and barriers.
struct BlockMeans {
    bool memory = false;
    bool barriers = false;
};

BlockMeans blockMeans(const clang::Stmt* body);
/// Whether \p body neither asks nor tells other blocks how far they are: what atomics answer may be a number of blocks,
/// fences and volatile accesses are for messages.
bool standsAlone(const clang::Stmt* body);
/// Whether blockIdx or gridDim is named within.
bool knowsBlock(const clang::Stmt* body);
bool changesParameters(const KernelScope& kernel);

}  // namespace warploom
