// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// Whether an iteration of \p loop may find in memory what an earlier one of the same thread has left there, or write
/// over it: y[i] += y[i - stride], y[i % slots] += x[i]. Such iterations have to stay with one thread, even where
/// others share the loop out.
bool carriesThroughMemory(const KernelScope& kernel, const CountedLoop& loop);

}  // namespace warploom
