// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

#include "analysis/Finding.h"
#include "analysis/Observation.h"
#include "analysis/UnitLoads.h"

namespace warploom {

/// Half of a multiprocessor's warps hide most latencies, given two or three independent instructions a warp: V. Volkov,
/// "Better Performance at Lower Occupancy", 2010.
constexpr double kOccupancyEnough = 0.5;

/// What limits occupancy, and what it has to be below for that to matter.
struct OccupancyLimit {
    std::string_view limiter;  ///< of Occupancy
    std::string_view need;  ///< of OccupancyStep, which would raise it
    double enough = kOccupancyEnough;
};

/// A finding where theoretical occupancy is low because of \p limit, there are blocks enough for more, and no unit is
/// busy. At most time follows occupancy, as it does where warps only wait; at least nothing is saved, as instruction
/// parallelism may do as well.
std::optional<Finding> limitedOccupancy(const OccupancyLimit& limit, const Observation& observation,
                                        const UnitLoads& loads, const ObservedLaunch& launch);

}  // namespace warploom
