// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/AtomicQueue.h"
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/LaunchSize.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Of the instructions. A block that adds its sum, or its own histogram, at the end has fewer.
constexpr double kAtomicsMatter = 0.01;
/// Where no unit is busy, and one address would take all of the time and more, half of what no unit explains is surely
/// the atomics.
constexpr double kSureOfQueue = 0.5;

std::optional<Finding> manyAtomics(const Observation& observation, const UnitLoads& loads, const ObservedLaunch& launch)
{
    if (!launch.counts || launch.counts->globalAtomics == 0)
        return std::nullopt;
    const auto lanes = static_cast<double>(launch.counts->globalAtomics);
    const auto requests = static_cast<double>(launch.counts->globalAtomicRequests);
    const auto instructions = static_cast<double>(launch.counts->warpInstructions);
    if (!(requests > 0) || requests < kAtomicsMatter * instructions)
        return std::nullopt;
    const AtomicQueue queue = atomicQueue(observation, launch);
    const bool isQueue = loads.most() < kBusy && queue.together >= kBusy;
    const double low = std::max(queue.apart - loads.most(), isQueue ? kSureOfQueue * (1 - loads.most()) : 0);
    const double high = std::max(low, std::min(1.0, queue.together));
    const double threads = LaunchSize(launch, observation.facts).threads;
    return findingAbout(launch, {std::clamp(low, 0.0, 1.0), high},
                        {{"global_atomics", lanes},
                         {"atomics_per_thread", threads > 0 ? lanes / threads : 0},
                         {"instructions_per_atomic", instructions / requests}});
}

}  // namespace

Rule atomicsContention()
{
    return {.name = "atomics-contention",
            .title = "Atomics on global memory queue up",
            .sentence = "{kernel} does {global_atomics} atomic updates of global memory, {atomics_per_thread} a "
                        "thread; those of one address follow one another.",
            .cure = "Add up in registers, by shuffles and in shared memory first, and do one atomic a block.",
            .bottleneck = Bottleneck::Atomics,
            .moves = {"accumulate-local", "privatize-histogram", "slice-histogram"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, manyAtomics); }};
}

}  // namespace warploom
