// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/LaunchSize.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Share of the launch's block places that stay empty. With ten waves and more it is less, whatever the last one holds.
constexpr double kEmptyPlacesMatter = 0.1;

/// How long multiprocessors really had nothing to do, by a card's counters.
std::optional<double> idleOnCard(const ObservedLaunch& launch)
{
    const auto active = launch.metric("sm__cycles_active.avg");
    const auto elapsed = launch.metric("sm__cycles_elapsed.max");
    if (!active || !elapsed || !(*elapsed > 0))
        return std::nullopt;
    return std::max(0.0, 1 - *active / *elapsed);
}

std::optional<Finding> emptyLastWave(const Observation& observation, const UnitLoads&, const ObservedLaunch& launch)
{
    const LaunchSize size(launch, observation.facts);
    if (!launch.resources || !(size.waves > 1))
        return std::nullopt;  // without registers nobody knows how many blocks run at once
    const double rounds = std::ceil(size.waves);
    const double empty = 1 - size.waves / rounds;
    if (empty < kEmptyPlacesMatter)
        return std::nullopt;
    // Time follows the rounds where blocks take equally long. They drift apart, and where memory is the limit a few
    // blocks can take all of it: without a card's counters nothing is sure. What they saw idle has its start-up in it,
    // so that half of it is.
    const auto idle = idleOnCard(launch);
    const double most = idle ? std::min(empty, *idle) : empty;
    const double share = observation.shareOf(launch);
    return findingAbout(launch, {idle ? share * most / 2 : 0, share * most},
                        {{"blocks", static_cast<double>(launch.shape.blocks)},
                         {"blocks_at_once", size.resident * observation.facts.multiprocessors},
                         {"waves", size.waves},
                         {"last_wave_share", size.waves - rounds + 1}});
}

}  // namespace

Rule tailEffect()
{
    return {.name = "tail-effect",
            .title = "The last wave of blocks is mostly empty",
            .sentence = "{blocks} blocks of {kernel} make {waves} waves of {blocks_at_once}: the last one is "
                        "{last_wave_share} full.",
            .cure = "Choose block size or work per thread so that the blocks fill whole waves, or launch one wave that "
                    "loops over the grid.",
            .bottleneck = Bottleneck::TooFewBlocks,
            .moves = {"whole-waves", "literal-tunable", "coarsen"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, emptyLastWave); }};
}

}  // namespace warploom
