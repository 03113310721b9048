// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// The card's pipe share of a launch, or what has been counted over the pipe's rate.
double doubleShare(const Observation& observation, const UnitLoads& loads, const ObservedLaunch& launch)
{
    if (launch.counts)
        return loads.share(Unit::Double, static_cast<double>(launch.counts->doubleInstructions));
    const auto percent = launch.metric("sm__inst_executed_pipe_fp64.avg.pct_of_peak_sustained_active");
    return percent.value_or(0) / 100 * observation.shareOf(launch);
}

std::optional<Finding> needlessDouble(const Observation& observation, const UnitLoads& loads,
                                      const ObservedLaunch& launch)
{
    if (observation.usesDouble.value_or(true))
        return std::nullopt;
    const double share = doubleShare(observation, loads, launch);
    if (!(share > 0))
        return std::nullopt;
    // In single precision the same takes as many issue slots, and a fraction of the other pipe.
    const double slower = observation.facts.fp64FlopsPerSecond > 0
        ? observation.facts.fp32FlopsPerSecond / observation.facts.fp64FlopsPerSecond
        : 1;
    const double spared = share * (1 - 1 / std::max(1.0, slower));
    Finding finding = findingAbout(launch, loads.without(Unit::Double, spared),
                                   {{"double_share", std::min(1.0, share)}, {"times_slower", slower}});
    if (launch.counts)
        finding.numbers["double_instructions"] = static_cast<double>(launch.counts->doubleInstructions);
    finding.lines =
        worstLines(launch, [](const LineCounters& line) { return static_cast<double>(line.doubleInstructions); });
    return finding;
}

}  // namespace

Rule doubleByAccident()
{
    return {.name = "double-by-accident",
            .title = "Double precision that the task does not ask for",
            .sentence = "No value of the task is f64, yet the f64 unit, {times_slower} times slower than the f32 one, "
                        "is {double_share} busy in {kernel}.",
            .cure = "Write literals with an f (0.5f), call expf and not exp, and add in float where the tolerance "
                    "allows it.",
            .bottleneck = Bottleneck::WrongUnit,
            .moves = {"single-literals"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, needlessDouble); }};
}

}  // namespace warploom
