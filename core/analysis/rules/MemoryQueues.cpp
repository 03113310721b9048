// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"
#include "analysis/rules/Stalls.h"

namespace warploom {

namespace {

/// Of the warps' time, all queues together.
constexpr double kQueueStallsMatter = 0.3;
/// Accesses of 16 bytes are a quarter as many.
constexpr double kQueueRelief = 0.75;

std::optional<Finding> fullQueues(const Observation& observation, const UnitLoads&, const ObservedLaunch& launch)
{
    double share = 0;
    for (const std::string_view queue : {"lg_throttle", "mio_throttle", "tex_throttle"})
        share += stallShare(launch, queue).value_or(0);
    if (share < kQueueStallsMatter)
        return std::nullopt;
    // Nothing where the memory behind the queue is what is slow.
    Finding finding =
        findingAbout(launch, {0, observation.shareOf(launch) * kQueueRelief * share}, {{"queue_stall_share", share}});
    finding.lines = linesStalledFor(observation, {"lg_throttle", "mio_throttle", "tex_throttle"});
    return finding;
}

}  // namespace

Rule memoryQueues()
{
    return {.name = "memory-queues",
            .title = "Queues to memory are full",
            .sentence = "Warps of {kernel} wait {queue_stall_share} of their time for a place in the queues to L1 and "
                        "shared memory.",
            .cure = "Use fewer and wider memory instructions: 16 bytes a lane, values kept in registers.",
            .bottleneck = Bottleneck::RedundantTraffic,
            .moves = {"vectorize", "tile-contraction", "pipeline-contraction", "tensor-split", "tensor-double",
                      "coarsen", "window", "march-planes", "tile-loop"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, fullQueues); }};
}

}  // namespace warploom
