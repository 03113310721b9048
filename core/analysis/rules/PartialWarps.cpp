// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/LaunchSize.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// One lane in twenty: 1000 threads a block miss 2 %, which nobody would notice.
constexpr double kMissingMatter = 0.05;

std::optional<Finding> missingThreads(const Observation& observation, const UnitLoads& loads,
                                      const ObservedLaunch& launch)
{
    const double missing = missingLanes(launch.shape);
    if (missing < kMissingMatter)
        return std::nullopt;
    const double share = observation.shareOf(launch);
    // At least the issue slots of the missing lanes. At most time follows the lanes, until another unit is busy: whole
    // warps have as much more in flight.
    const double instructions = launch.metric("smsp__inst_executed.sum").value_or(0);
    const Saving inIssue = loads.without(Unit::Issue, loads.share(Unit::Issue, missing * instructions));
    const double slack = std::max(0.0, 1 - loads.most() / kReachable);
    const Saving saving{inIssue.low, std::max(inIssue.high, share * std::min(missing, slack))};
    return findingAbout(
        launch, saving,
        {{"threads_per_block", static_cast<double>(launch.shape.threadsPerBlock)}, {"missing_lanes_share", missing}});
}

}  // namespace

Rule partialWarps()
{
    return {.name = "partial-warps",
            .title = "Blocks do not fill their warps",
            .sentence = "Blocks of {threads_per_block} threads leave {missing_lanes_share} of the lanes of {kernel} "
                        "without a thread.",
            .cure = "Make the block a multiple of 32 threads.",
            .bottleneck = Bottleneck::Divergence,
            .moves = {"literal-tunable", "plain-form"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, missingThreads); }};
}

}  // namespace warploom
