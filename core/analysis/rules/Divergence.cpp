// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/LaunchSize.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// A lane in five: bounds checks at ragged ends and the last steps of reductions leave less.
constexpr double kIdleMatters = 0.2;

double perLine(const LineCounters& line)
{
    const double lanes = kLanesInWarp * static_cast<double>(line.warpInstructions);
    return lanes - static_cast<double>(line.threadInstructions);
}

/// The idle lanes' issue slots go, and as much of what the busiest arithmetic unit does.
Saving savingOfIdle(const Observation& observation, const UnitLoads& loads, double instructions, double idle)
{
    const double all = observation.sum("smsp__inst_executed.sum").value_or(0);
    const double part = all > 0 ? instructions / all : 0;
    const auto less = [&](Unit unit) { return Relief{unit, loads.of(unit) * part * idle}; };
    return loads.without(
        {less(Unit::Issue), less(Unit::Single), less(Unit::Double), less(Unit::Integer), less(Unit::Special)});
}

std::optional<Finding> idleLanes(const Observation& observation, const UnitLoads& loads, const ObservedLaunch& launch)
{
    const auto pair = launch.pairOf("smsp__thread_inst_executed.sum", "smsp__inst_executed.sum");
    const auto instructions = launch.metric("smsp__inst_executed.sum");
    if (!pair || !instructions || !(pair->second > 0))
        return std::nullopt;
    const double lanes = pair->first / pair->second;
    // Lanes that no thread belongs to are what partial-warps is about.
    const double threads = kLanesInWarp * (1 - missingLanes(launch.shape));
    const double idle = threads > 0 ? 1 - lanes / threads : 0;
    if (idle < kIdleMatters)
        return std::nullopt;
    Finding finding = findingAbout(launch, savingOfIdle(observation, loads, *instructions, idle),
                                   {{"lanes_per_instruction", lanes}, {"idle_lanes_share", idle}});
    if (launch.counts) {
        finding.numbers["branches"] = static_cast<double>(launch.counts->branches);
        finding.numbers["divergent_branches"] = static_cast<double>(launch.counts->divergentBranches);
    }
    // The branches are the cause; where none is known to diverge, the lines that suffer.
    finding.lines =
        worstLines(launch, [](const LineCounters& line) { return static_cast<double>(line.divergentBranches); });
    if (finding.lines.empty())
        finding.lines = worstLines(launch, perLine);
    return finding;
}

}  // namespace

Rule divergence()
{
    return {.name = "divergence",
            .title = "Lanes of a warp go different ways",
            .sentence = "An instruction of {kernel} runs {lanes_per_instruction} lanes on average: {idle_lanes_share} "
                        "of the threads idle in branches of others.",
            .cure = "Let all lanes of a warp take the same way: sort or group the work by it, or replace branches by "
                    "selects.",
            .bottleneck = Bottleneck::Divergence,
            .moves = {"row-per-block", "select-per-warp", "bisect"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, idleLanes); }};
}

}  // namespace warploom
