// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "protocol/Counters.h"

namespace warploom {

/// Adds every count of a launch, those of its lines too; the kernel's name stays.
void addCounts(LaunchCounters& sum, const LaunchCounters& launch);

}  // namespace warploom
