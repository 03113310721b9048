// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"
#include "analysis/rules/SharedMemory.h"

namespace warploom {

namespace {

std::optional<Finding> bankConflicts(const Observation&, const UnitLoads& loads, const ObservedLaunch& launch)
{
    const auto access = sharedAccess(launch);
    if (!access || access->conflictShare() < kConflictsMatter)
        return std::nullopt;
    // Every conflict is one pass more, and every pass occupies the data stage for one cycle.
    const Saving saving = loads.without(Unit::L1, loads.share(Unit::L1, access->conflicts));
    Finding finding = findingAbout(launch, saving,
                                   {{"bank_conflicts", access->conflicts},
                                    {"conflict_share", access->conflictShare()},
                                    {"ways", 1 / std::max(1 - access->conflictShare(), 1 / kLanesInWarp)}});
    finding.lines =
        worstLines(launch, [](const LineCounters& line) { return static_cast<double>(line.sharedBankConflicts); });
    return finding;
}

}  // namespace

Rule sharedBankConflicts()
{
    return {.name = "shared-bank-conflicts",
            .title = "Shared memory has bank conflicts",
            .sentence = "{conflict_share} of the shared-memory wavefronts of {kernel} are bank conflicts: an access "
                        "takes {ways} passes where one would do.",
            .cure = "Pad the rows of shared tiles by one word, or swizzle the column index.",
            .bottleneck = Bottleneck::BankConflicts,
            .moves = {"pad-shared"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, bankConflicts); }};
}

}  // namespace warploom
