// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"
#include "analysis/rules/Stalls.h"

namespace warploom {

namespace {

/// Of the warps' time at barriers. Reductions and tiles spend a tenth there without harm.
constexpr double kBarrierStallsMatter = 0.2;

std::optional<Finding> stalledAtBarriers(const Observation& observation, const UnitLoads& loads,
                                         const ObservedLaunch& launch)
{
    const auto share = stallShare(launch, "barrier");
    if (!share || *share < kBarrierStallsMatter)
        return std::nullopt;
    // Warps that need not wait go on until a unit is busy; half of them find nothing to do there either.
    const double most = observation.shareOf(launch) * std::min(*share, 1 - loads.most());
    Finding finding = findingAbout(launch, {most / 2, most}, {{"barrier_stall_share", *share}});
    finding.lines = linesStalledFor(observation, {"barrier"});
    return finding;
}

}  // namespace

Rule barrierBound()
{
    return {.name = "barrier-bound",
            .title = "Warps wait at barriers",
            .sentence =
                "Warps of {kernel} spend {barrier_stall_share} of their time waiting for others of their block.",
            .cure = "Use smaller blocks, exchange within a warp by shuffles, or double-buffer so that one barrier a "
                    "step is enough.",
            .bottleneck = Bottleneck::Barriers,
            .moves = {"literal-tunable", "row-per-block", "shuffle-tree"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, stalledAtBarriers); }};
}

}  // namespace warploom
