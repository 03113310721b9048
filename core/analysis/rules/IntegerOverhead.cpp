// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Of all instructions.
constexpr double kIntegerDominates = 0.5;
/// Below this load of issue or the integer unit, what they do is hidden behind something else.
constexpr double kIntegerMatters = 0.4;
// Of the integer instructions beyond one for each of floating point: what strength reduction, unrolling and 32-bit
// indices get rid of.
constexpr double kLeastAvoidable = 0.25;
constexpr double kMostAvoidable = 0.75;

std::optional<Finding> addressArithmetic(const Observation& observation, const UnitLoads& loads,
                                         const ObservedLaunch& launch)
{
    // A task that computes in integers has no operations of floating point to compare with.
    if (!launch.counts || !(observation.work.flops > 0)
        || std::max(loads.of(Unit::Issue), loads.of(Unit::Integer)) < kIntegerMatters)
        return std::nullopt;
    const LaunchCounters& counts = *launch.counts;
    const auto integer = static_cast<double>(counts.integerInstructions);
    const auto all = static_cast<double>(counts.warpInstructions);
    const double floating = static_cast<double>(counts.singleInstructions)
        + static_cast<double>(counts.doubleInstructions) + static_cast<double>(counts.halfInstructions);
    if (!(all > 0) || integer < kIntegerDominates * all)
        return std::nullopt;
    const double excess = std::max(0.0, integer - floating);
    const auto saved = [&](double avoidable) {
        return loads.without({{Unit::Issue, loads.share(Unit::Issue, avoidable * excess)},
                              {Unit::Integer, loads.share(Unit::Integer, avoidable * excess)}});
    };
    Finding finding = findingAbout(launch, {saved(kLeastAvoidable).low, saved(kMostAvoidable).high},
                                   {{"integer_instructions_share", integer / all},
                                    {"integer_per_float_instruction", integer / std::max(1.0, floating)}});
    finding.lines =
        worstLines(launch, [](const LineCounters& line) { return static_cast<double>(line.warpInstructions); });
    return finding;
}

}  // namespace

Rule integerOverhead()
{
    return {.name = "integer-overhead",
            .title = "Address arithmetic dominates",
            .sentence = "{integer_instructions_share} of the instructions of {kernel} are integer: "
                        "{integer_per_float_instruction} for each of floating point.",
            .cure = "Compute indices once and step them, unroll so that offsets become constants, divide by constants "
                    "only, use 32-bit indices.",
            .bottleneck = Bottleneck::Compute,
            .moves = {"known-divisors", "unroll", "vectorize", "coarsen", "literal-tunable", "specialise-size",
                      "window", "march-planes", "patch-grid", "share-sums", "stage-window", "share-windows"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, addressArithmetic); }};
}

}  // namespace warploom
