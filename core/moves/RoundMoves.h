// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// Variables that each round of a loop adds the same amount to, with that amount as text.
using RoundMoves = std::vector<std::pair<const clang::VarDecl*, std::string>>;

/// All that a round of \p loop leaves to the next one, so that the loop can begin with any of its rounds once these are
/// moved. Nothing where something else is left, or a round may end the loop.
std::optional<RoundMoves> movesOfRounds(const KernelScope& kernel, const CountedLoop& loop);

}  // namespace warploom
