// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Of the instructions: a load that is converted, used and converted back for its store has less.
constexpr double kConversionsMatter = 0.1;
/// Some have to be: half of them could be done once, or not at all.
constexpr double kAvoidableConversions = 0.5;

/// Share of the instructions that convert: executed, else in the listing.
std::optional<double> conversionShare(const ObservedLaunch& launch)
{
    const auto converted = launch.metric("smsp__sass_thread_inst_executed_op_conversion_pred_on.sum");
    const auto all = launch.metric("smsp__inst_executed.sum");
    if (converted && all && *all > 0)
        return *converted / kLanesInWarp / *all;
    if (!launch.mix || launch.mix->counts.empty())
        return std::nullopt;
    double total = 0;
    double conversions = 0;
    for (const auto& [kind, count] : launch.mix->counts) {
        total += count;
        conversions += kind == InstructionClass::Conversion ? count : 0;
    }
    return total > 0 ? std::optional(conversions / total) : std::nullopt;
}

std::optional<Finding> manyConversions(const Observation&, const UnitLoads& loads, const ObservedLaunch& launch)
{
    const auto share = conversionShare(launch);
    const auto instructions = launch.metric("smsp__inst_executed.sum");
    if (!share || !instructions || *share < kConversionsMatter)
        return std::nullopt;
    // At least their issue slots; at most all of them go through the special function unit, as those of 64 bits and to
    // half do.
    const double spared = kAvoidableConversions * *share * *instructions;
    const Saving inIssue = loads.without(Unit::Issue, loads.share(Unit::Issue, spared));
    const double inSpecial = std::min(1.0, loads.share(Unit::Special, spared));
    return findingAbout(launch, {inIssue.low, std::max(inIssue.high, inSpecial)}, {{"conversions_share", *share}});
}

}  // namespace

Rule conversionHeavy()
{
    return {.name = "conversion-heavy",
            .title = "Many conversions between types",
            .sentence = "{conversions_share} of the instructions of {kernel} convert between types.",
            .cure = "Convert once, outside the loop; compute in one type; use packed conversions.",
            .bottleneck = Bottleneck::Compute,
            .moves = {"single-literals"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, manyConversions); }};
}

}  // namespace warploom
