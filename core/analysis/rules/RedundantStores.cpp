// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/GlobalAccess.h"
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Times that the task's output is stored.
constexpr double kStoredTooOften = 1.5;

double storedBytes(const ObservedLaunch& launch)
{
    const auto access = globalStores(launch);
    return access && access->bytes > 0 ? std::min(access->bytes, access->sectors * kBytesInSector) : 0;
}

std::vector<Finding> lookForRepeatedStores(const Observation& observation)
{
    const ObservedLaunch* largest = nullptr;
    double stored = 0;
    double most = 0;
    for (const ObservedLaunch& launch : observation.launches) {
        const double bytes = storedBytes(launch);
        stored += bytes;
        if (bytes > most) {
            most = bytes;
            largest = &launch;
        }
    }
    const double needed = observation.work.writeBytes;
    const double allowed = needed + static_cast<double>(observation.scratchBytes);
    if (largest == nullptr || !(needed > 0) || stored < kStoredTooOften * allowed)
        return {};
    // Stores go through L1 to L2, which joins those to one address: DRAM sees none of it.
    const UnitLoads loads(observation);
    const double excess = (stored - allowed) / kBytesInSector;
    const Saving saving = loads.without(
        {{Unit::L1, loads.share(Unit::L1, excess / kSectorsInPass)}, {Unit::L2, loads.share(Unit::L2, excess)}});
    Finding finding = findingAbout(
        *largest, saving, {{"stored_bytes", stored}, {"needed_bytes", needed}, {"times_stored", stored / needed}});
    finding.lines =
        worstLines(*largest, [](const LineCounters& line) { return static_cast<double>(line.globalSectors); });
    return {finding};
}

}  // namespace

Rule redundantStores()
{
    return {.name = "redundant-stores",
            .title = "Results are stored again and again",
            .sentence = "{stored_bytes} are stored where the task has {needed_bytes} of output: each byte "
                        "{times_stored} times, most of it by {kernel}.",
            .cure = "Accumulate in a register and store once, after the loop.",
            .bottleneck = Bottleneck::RedundantTraffic,
            .moves = {"accumulate-local", "plain-form"},
            .look = lookForRepeatedStores};
}

}  // namespace warploom
