// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"
#include "analysis/rules/Stalls.h"

namespace warploom {

namespace {

/// Of the warps' time. Short kernels and jumps cost some everywhere.
constexpr double kFetchStallsMatter = 0.2;

std::optional<Finding> waitingForCode(const Observation& observation, const UnitLoads& loads,
                                      const ObservedLaunch& launch)
{
    const auto share = stallShare(launch, "no_instruction");
    if (!share || *share < kFetchStallsMatter)
        return std::nullopt;
    // Until a unit is busy; another warp may have had its instruction all the while.
    const double most = observation.shareOf(launch) * std::min(*share, 1 - loads.most());
    Finding finding = findingAbout(launch, {0, most}, {{"fetch_stall_share", *share}});
    finding.lines = linesStalledFor(observation, {"no_instructions"});
    return finding;
}

}  // namespace

Rule instructionFetch()
{
    return {.name = "instruction-fetch",
            .title = "Warps wait for their instructions",
            .sentence = "Warps of {kernel} wait {fetch_stall_share} of their time for instructions: the code does not "
                        "fit into the instruction cache.",
            .cure = "Unroll less; keep large code that is rarely run out of loops.",
            .bottleneck = Bottleneck::Latency,
            .moves = {"unroll", "literal-tunable"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, waitingForCode); }};
}

}  // namespace warploom
