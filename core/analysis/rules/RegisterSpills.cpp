// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/LaunchSize.h"
#include "analysis/rules/LocalMemory.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

std::optional<Finding> spills(const Observation& observation, const UnitLoads& loads, const ObservedLaunch& launch)
{
    const auto spilt = spillBytes(launch);
    if (!spilt || !(*spilt > 0))
        return std::nullopt;
    const auto counted = localSectorsOnCard(launch);
    // Uncounted, and the emulator runs PTX, which has no spills: once a thread at least, more in loops. Then it is not
    // in any unit's load either, and how much of it L1 holds is open.
    const double sectors = counted ? *counted : *spilt * LaunchSize(launch, observation.facts).threads / kBytesInSector;
    const Saving saving =
        counted ? savingOfLocal(loads, sectors) : Saving{0, std::min(1.0, loads.share(Unit::L2, sectors))};
    return findingAbout(launch, saving,
                        {{"spill_bytes", *spilt},
                         {"registers", static_cast<double>(launch.resources->registers)},
                         {"local_sectors", sectors}});
}

}  // namespace

Rule registerSpills()
{
    return {.name = "register-spills",
            .title = "Registers are spilt",
            .sentence = "{kernel} has {registers} registers a thread and spills and reloads {spill_bytes} in local "
                        "memory.",
            .cure = "Unroll less, keep fewer values alive, or give the compiler more registers: smaller blocks, a "
                    "weaker __launch_bounds__.",
            .bottleneck = Bottleneck::Spills,
            .moves = {"unroll", "literal-tunable", "compiler-flags"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, spills); }};
}

}  // namespace warploom
