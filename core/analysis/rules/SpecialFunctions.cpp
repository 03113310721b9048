// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Of the slow unit's time: with less it keeps up with the rest of the kernel.
constexpr double kSpecialMatters = 0.5;
// Of its instructions: what reciprocals kept, powers of two and arguments reduced once get rid of.
constexpr double kLeastSpecialSpared = 0.25;
constexpr double kMostSpecialSpared = 0.5;

std::optional<Finding> busySpecial(const Observation& observation, const UnitLoads& loads, const ObservedLaunch& launch)
{
    const double load = loads.of(Unit::Special);
    if (load < kSpecialMatters)
        return std::nullopt;
    const double own = launch.counts
        ? loads.share(Unit::Special, static_cast<double>(launch.counts->specialInstructions))
        : load * observation.shareOf(launch);
    const Saving saving{loads.without(Unit::Special, kLeastSpecialSpared * own).low,
                        loads.without(Unit::Special, kMostSpecialSpared * own).high};
    return findingAbout(launch, saving, {{"special_share", load}});
}

}  // namespace

Rule specialFunctions()
{
    return {.name = "special-functions",
            .title = "The special function unit is busy",
            .sentence = "Reciprocals, roots, exponentials and the like keep their unit {special_share} busy, at 16 "
                        "lanes a clock, in {kernel}.",
            .cure = "Call them less often: keep reciprocals, take factors out of loops, replace some by polynomials.",
            .bottleneck = Bottleneck::Compute,
            .moves = {"fast-math"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, busySpecial); }};
}

}  // namespace warploom
