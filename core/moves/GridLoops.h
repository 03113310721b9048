// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// Whether the kernel does nothing but go through elements by loops that step over the whole grid, so that fewer blocks
/// do the same.
bool takesFewerBlocks(const KernelScope& kernel);

}  // namespace warploom
