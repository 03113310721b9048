// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/LocalMemory.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Sectors of arrays in local memory. The emulator runs PTX and so counts arrays only; ptxas may still have put them
/// into registers, which shows in there being no stack.
std::optional<double> arraySectors(const ObservedLaunch& launch)
{
    if (launch.resources && launch.resources->stackBytes == 0)
        return std::nullopt;
    if (launch.counts && launch.counts->localSectors > 0)
        return static_cast<double>(launch.counts->localSectors);
    const auto spilt = spillBytes(launch);
    // Of a card's count nobody knows what is spills and what arrays, unless there are no spills.
    return spilt && *spilt == 0 ? localSectorsOnCard(launch) : std::nullopt;
}

std::optional<Finding> arraysInLocal(const Observation&, const UnitLoads& loads, const ObservedLaunch& launch)
{
    const auto sectors = arraySectors(launch);
    if (!sectors || !(*sectors > 0))
        return std::nullopt;
    Finding finding = findingAbout(launch, savingOfLocal(loads, *sectors), {{"local_sectors", *sectors}});
    if (launch.resources)
        finding.numbers["stack_bytes"] = launch.resources->stackBytes;
    finding.lines = worstLines(launch, [](const LineCounters& line) { return static_cast<double>(line.localSectors); });
    return finding;
}

}  // namespace

Rule localArrays()
{
    return {.name = "local-arrays",
            .title = "An array lives in local memory",
            .sentence = "{kernel} indexes an array by values that the compiler does not know, and moves "
                        "{local_sectors} sectors of local memory for it.",
            .cure = "Make its indices constants by unrolling the loops over it, so that it fits into registers, or put "
                    "it into shared memory.",
            .bottleneck = Bottleneck::Spills,
            .moves = {"select-per-warp", "exchange-sort", "unroll"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, arraysInLocal); }};
}

}  // namespace warploom
