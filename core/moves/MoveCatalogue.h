// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "Move.h"

namespace warploom {

// One function a move, each in the file of its name.
std::unique_ptr<Move> makeLiteralTunable();
std::unique_ptr<Move> makeUnroll();
std::unique_ptr<Move> makeRestrictConst();
std::unique_ptr<Move> makeRowPerBlock();

/// Every move, in the order proposals are made in.
const std::vector<std::unique_ptr<Move>>& moveCatalogue();

}  // namespace warploom
