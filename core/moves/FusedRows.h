// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "moves/Move.h"

namespace warploom {

using PairFusion = std::function<std::vector<MoveProposal>(const MoveContext&)>;

/// Launches of one thread a row in one that shares each row: \p fusePairs as often as it can, then a block or warp a
/// row and vectors, in all passes and with exponentials in the pass before them. Alone, the fused launch is no faster
/// than what it came of, and rows that are shared before launches are fused keep them apart.
std::vector<MoveProposal> fusedRows(const MoveContext& context, const PairFusion& fusePairs);

}  // namespace warploom
