// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/LaunchSize.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// A warp for each of a multiprocessor's four schedulers.
constexpr double kFewestWarps = 4;
/// The last step of a reduction may be one block: a launch matters from this share of the plan's time.
constexpr double kLaunchMatters = 0.25;
/// Work that waits for memory does not grow with multiprocessors as arithmetic does: half is sure.
constexpr double kSureShare = 0.5;

std::optional<Finding> tooFewBlocks(const Observation& observation, const UnitLoads&, const ObservedLaunch& launch)
{
    const double processors = observation.facts.multiprocessors;
    const auto blocks = static_cast<double>(launch.shape.blocks);
    const double share = observation.shareOf(launch);
    if (!(processors > 0) || !(blocks > 0) || launch.shape.threadsPerBlock == 0 || share < kLaunchMatters)
        return std::nullopt;
    const LaunchSize size(launch, observation.facts);
    const double warps = std::ceil(blocks / processors) * size.warpsPerBlock;
    // Only what multiprocessors, or their schedulers, have nothing to do at all.
    const double idle = 1 - std::min(1.0, blocks / processors) * std::min(1.0, warps / kFewestWarps);
    if (blocks >= processors && warps >= kFewestWarps)
        return std::nullopt;
    return findingAbout(launch, {share * kSureShare * idle, share * idle},
                        {{"blocks", blocks}, {"multiprocessors", processors}, {"warps_per_multiprocessor", warps}});
}

}  // namespace

Rule launchTooSmall()
{
    return {.name = "launch-too-small",
            .title = "The launch does not fill the device",
            .sentence = "{kernel} has {blocks} blocks for {multiprocessors} multiprocessors, and at most "
                        "{warps_per_multiprocessor} warps on one.",
            .cure = "Split the work among more blocks: less of it per thread, or the inner loop across blocks.",
            .bottleneck = Bottleneck::TooFewBlocks,
            .standing = Standing::First,
            .moves = {"literal-tunable", "row-per-block", "share-columns", "split-sum", "split-contraction",
                      "scan-single-pass", "scan-row", "plain-form"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, tooFewBlocks); }};
}

}  // namespace warploom
