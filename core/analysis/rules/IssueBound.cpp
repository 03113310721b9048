// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

// Unrolling and wider accesses take a quarter to a half of the loop and address instructions away.
constexpr double kLeastOfOverhead = 0.25;
constexpr double kMostOfOverhead = 0.5;
/// Share of overhead where nothing has counted instructions by kind.
constexpr double kUsualOverhead = 0.3;

/// Both counted by the emulator: SASS has other instructions than PTX.
double overheadOf(const ObservedLaunch& launch)
{
    if (!launch.counts || launch.counts->warpInstructions == 0)
        return kUsualOverhead;
    const LaunchCounters& counts = *launch.counts;
    const double overhead =
        static_cast<double>(counts.integerInstructions) + static_cast<double>(counts.controlInstructions);
    return overhead > 0 ? std::min(1.0, overhead / static_cast<double>(counts.warpInstructions)) : kUsualOverhead;
}

std::optional<Finding> busyIssue(const Observation&, const UnitLoads& loads, const ObservedLaunch& launch)
{
    const auto instructions = launch.metric("smsp__inst_executed.sum");
    if (!instructions || !(*instructions > 0) || loads.of(Unit::Issue) < kBusy
        || loads.mostBut(Unit::Issue) > loads.of(Unit::Issue))
        return std::nullopt;
    const double overhead = overheadOf(launch);
    const double own = loads.share(Unit::Issue, overhead * *instructions);
    const Saving saving{loads.without(Unit::Issue, kLeastOfOverhead * own).low,
                        loads.without(Unit::Issue, kMostOfOverhead * own).high};
    Finding finding = findingAbout(
        launch, saving,
        {{"issue_share", loads.of(Unit::Issue)}, {"warp_instructions", *instructions}, {"overhead_share", overhead}});
    finding.lines =
        worstLines(launch, [](const LineCounters& line) { return static_cast<double>(line.warpInstructions); });
    return finding;
}

}  // namespace

Rule issueBound()
{
    return {.name = "issue-bound",
            .title = "Instruction issue is the limit",
            .sentence = "{issue_share} of the issue slots are taken; {overhead_share} of the instructions of {kernel} "
                        "are integer and control.",
            .cure = "Do more with each instruction: unroll, use wide and packed accesses, move what does not change "
                    "out of loops.",
            .bottleneck = Bottleneck::Compute,
            .moves = {"unroll", "vectorize", "coarsen", "specialise-size", "known-divisors", "window", "patch-grid",
                      "bisect", "fast-math", "single-literals", "share-sums", "stage-window", "share-windows",
                      "tile-loop"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, busyIssue); }};
}

}  // namespace warploom
