// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/OccupancyLimit.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// A block size costs nothing to change, so that it is worth a word earlier: blocks of 32 threads fill half, one of
/// 1024 threads two thirds of 1536.
constexpr double kBlockSizeEnough = 0.7;

std::optional<Finding> blockSizeLimited(const Observation& observation, const UnitLoads& loads,
                                        const ObservedLaunch& launch)
{
    auto finding = limitedOccupancy({"blocks", "threads", kBlockSizeEnough}, observation, loads, launch);
    return finding ? finding : limitedOccupancy({"threads", "threads", kBlockSizeEnough}, observation, loads, launch);
}

}  // namespace

Rule occupancyBlockSize()
{
    return {.name = "occupancy-block-size",
            .title = "Block size limits occupancy",
            .sentence = "Blocks of {threads_per_block} threads fill {occupancy_share} of a multiprocessor for "
                        "{kernel}; {needed} would fill {reached_share}. No unit is more than {busiest_share} busy.",
            .cure = "Take a block size of which a whole number fills the multiprocessor: 128 or 256 threads mostly.",
            .bottleneck = Bottleneck::Occupancy,
            .moves = {"literal-tunable"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, blockSizeLimited); }};
}

}  // namespace warploom
