// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"
#include "analysis/rules/SharedMemory.h"

namespace warploom {

namespace {

// Results of 2 x 2 to 4 x 4 a thread, held in registers, use each value read two to four times.
constexpr double kLeastSpared = 0.5;
constexpr double kMostSpared = 0.75;

std::optional<Finding> busySharedMemory(const Observation&, const UnitLoads& loads, const ObservedLaunch& launch)
{
    const auto access = sharedAccess(launch);
    if (!access || access->conflictShare() >= kConflictsMatter || loads.of(Unit::L1) < kBusy)
        return std::nullopt;
    const double own = loads.share(Unit::L1, access->wavefronts);
    if (own < loads.of(Unit::L1) / 2)
        return std::nullopt;  // it is global accesses that keep the stage busy
    const Saving saving{loads.without(Unit::L1, kLeastSpared * own).low,
                        loads.without(Unit::L1, kMostSpared * own).high};
    return findingAbout(launch, saving,
                        {{"shared_wavefronts", access->wavefronts}, {"shared_memory_share", std::min(1.0, own)}});
}

}  // namespace

Rule sharedTraffic()
{
    return {.name = "shared-traffic",
            .title = "Shared memory is the limit",
            .sentence = "Shared memory works {shared_memory_share} of the time for {kernel}, without bank conflicts.",
            .cure = "Let each thread compute several results, so that a value read from shared memory is used more "
                    "than once.",
            .bottleneck = Bottleneck::RedundantTraffic,
            .moves = {"tile-contraction", "pipeline-contraction", "coarsen"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, busySharedMemory); }};
}

}  // namespace warploom
