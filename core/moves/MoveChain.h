// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "moves/Move.h"

namespace warploom {

/// A source on its way through several moves, where each alone is not worth its launch.
struct ChainedSource {
    std::string source;
    double gain = 1;  ///< the largest that a move on the way predicted
    std::vector<std::string> done;  ///< titles, in order
};

/// What \p propose makes of \p before, for the task that \p context tells of; nothing where it does not parse.
std::vector<ChainedSource> chained(const MoveContext& context, const ChainedSource& before,
                                   const std::function<std::vector<MoveProposal>(const MoveContext&)>& propose);

}  // namespace warploom
