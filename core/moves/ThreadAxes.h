// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// The dimension of the grid whose threads touch neighbours, where those along x touch what lies rows apart; nothing
/// where any array would be worse off with the two exchanged, or where threads tell each other anything.
std::optional<int> dimensionOfNeighbours(const KernelScope& kernel);

/// Exchanges x and \p dimension in the kernel and in its launches; false where blocks would have no neighbours even
/// then, or where macros hide a part of it.
bool exchangeAxes(const KernelScope& kernel, int dimension, SourceEdit& edit);

}  // namespace warploom
