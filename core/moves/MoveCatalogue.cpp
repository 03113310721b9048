// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveCatalogue.h"

namespace warploom {

const std::vector<std::unique_ptr<Move>>& moveCatalogue()
{
    static const auto catalogue = [] {
        std::vector<std::unique_ptr<Move>> moves;
        moves.push_back(makeLiteralTunable());
        moves.push_back(makeUnroll());
        moves.push_back(makeRestrictConst());
        moves.push_back(makeRowPerBlock());
        return moves;
    }();
    return catalogue;
}

}  // namespace warploom
