// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/CoarsenedAxis.h"

namespace warploom {

/// Whether blocks that stand by the axis may have a thread for each of their places.
bool mayHaveThreads(const KernelScope& kernel, const LaunchLine& launch, const CoarsenedAxis& axis);
/// Extent of the grid along the axis with a thread for each place, where the one that there is has all of them; with
/// \p inBlocks blocks have a thread for each of their places.
std::optional<std::string> extentOfPlaces(const KernelScope& kernel, const LaunchLine& launch,
                                          const CoarsenedAxis& axis, bool inBlocks);

}  // namespace warploom
