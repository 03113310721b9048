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

/// \p source said as plainly as the moves would have it (see PlainForm.h); as it is where nothing can be said
/// otherwise. CompileFailed when it does not parse.
Result<std::string> plainSource(const std::string& source, const std::string& fileName);

}  // namespace warploom
