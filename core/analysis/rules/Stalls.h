// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "analysis/Observation.h"

namespace warploom {

/// Share of the warps' time that they spend in one state, "barrier" or "long_scoreboard" as in CUPTI's names; nothing
/// where a card's counters have not told of enough states.
std::optional<double> stallShare(const ObservedLaunch& launch, std::string_view state);

/// Lines where the card's samples found most warps waiting for one of \p reasons; none without samples.
std::vector<int> linesStalledFor(const Observation& observation, std::initializer_list<std::string_view> reasons);

}  // namespace warploom
