// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/OccupancyLimit.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

std::optional<Finding> registerLimited(const Observation& observation, const UnitLoads& loads,
                                       const ObservedLaunch& launch)
{
    return limitedOccupancy({"registers", "registers"}, observation, loads, launch);
}

}  // namespace

Rule occupancyRegisters()
{
    return {.name = "occupancy-registers",
            .title = "Registers limit occupancy",
            .sentence = "{kernel} needs {registers} registers a thread, which leaves {occupancy_share} occupancy; "
                        "{needed} would give {reached_share}. No unit is more than {busiest_share} busy.",
            .cure = "Use fewer registers (__launch_bounds__, less unrolling, fewer results a thread), or more "
                    "independent loads a thread instead.",
            .bottleneck = Bottleneck::Occupancy,
            .moves = {"launch-bounds", "literal-tunable", "unroll", "compiler-flags"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, registerLimited); }};
}

}  // namespace warploom
