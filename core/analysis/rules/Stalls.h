// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

#include "analysis/Observation.h"

namespace warploom {

/// Share of the warps' time that they spend in one state, "barrier" or "long_scoreboard" as in CUPTI's names; nothing
/// where a card's counters have not told of enough states.
std::optional<double> stallShare(const ObservedLaunch& launch, std::string_view state);

}  // namespace warploom
