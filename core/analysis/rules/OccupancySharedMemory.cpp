// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/OccupancyLimit.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

std::optional<Finding> sharedLimited(const Observation& observation, const UnitLoads& loads,
                                     const ObservedLaunch& launch)
{
    return limitedOccupancy({"shared-memory", "shared-memory"}, observation, loads, launch);
}

}  // namespace

Rule occupancySharedMemory()
{
    return {.name = "occupancy-shared-memory",
            .title = "Shared memory limits occupancy",
            .sentence =
                "A block of {kernel} takes {shared_bytes} of shared memory, which leaves {occupancy_share} occupancy; "
                "{needed_bytes} would give {reached_share}. No unit is more than {busiest_share} busy.",
            .cure = "Use smaller tiles or fewer stages, or let more threads share a tile.",
            .bottleneck = Bottleneck::Occupancy,
            .moves = {"literal-tunable"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, sharedLimited); }};
}

}  // namespace warploom
