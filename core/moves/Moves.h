// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "base/Result.h"
#include "protocol/MoveValues.h"

namespace warploom {

/// Every move there is, in the order in which proposeMoves tries them.
std::vector<MoveDescription> listMoves();

/// Parses the source and lets the moves work on it. The answer depends on nothing but the request.
/// CompileFailed with the place of the first error when the source does not parse; InvalidArgument for a move in
/// `only` that does not exist. Hostile sources may crash the process: call it in one that may die.
Result<MoveAnswer> proposeMoves(const MoveRequest& request);

}  // namespace warploom
