// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/Finding.h"
#include "analysis/Observation.h"
#include "analysis/UnitLoads.h"

namespace warploom {

constexpr double kBytesInSector = 32;
constexpr double kLanesInWarp = 32;
constexpr double kSectorsInPass = 4;  ///< that the data stage of L1 moves in one pass

/// What a rule says of one launch; nothing where it is not concerned.
using LookAtLaunch = std::optional<Finding> (*)(const Observation& observation, const UnitLoads& loads,
                                                const ObservedLaunch& launch);

/// Asks \p look about every launch. Of a kernel that is launched several times one finding remains: the numbers and
/// lines of the launch that costs most, and what all of them together would save.
std::vector<Finding> findingsByKernel(const Observation& observation, LookAtLaunch look);

/// A finding about \p launch, without lines.
Finding findingAbout(const ObservedLaunch& launch, Saving saving, std::map<std::string, double> numbers);

/// Lines (second) with the highest badness (first), the worst first; few, and none that matters little beside the
/// worst.
std::vector<int> worstOf(std::vector<std::pair<double, int>> ranked);
/// Lines with the highest \p badness, the worst first; few, and none that matters little beside the worst.
std::vector<int> worstLines(const ObservedLaunch& launch, const std::function<double(const LineCounters&)>& badness);

}  // namespace warploom
