// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/GlobalAccess.h"
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

std::optional<Finding> scatteredStores(const Observation&, const UnitLoads& loads, const ObservedLaunch& launch)
{
    const auto access = globalStores(launch);
    if (!access || access->form() != AccessForm::Scattered)
        return std::nullopt;
    // L1 writes through: all of the excess reaches L2.
    Finding finding = findingAbout(launch, savingOfExcess(loads, *access, 0),
                                   {{"sectors_per_request", access->perRequest()},
                                    {"ideal_sectors_per_request", access->idealPerRequest()},
                                    {"excess_sectors", access->excess()}});
    const double ideal = access->idealPerRequest();
    finding.lines = worstLines(launch, [ideal](const LineCounters& line) {
        return static_cast<double>(line.globalSectors) - ideal * static_cast<double>(line.globalRequests);
    });
    return finding;
}

}  // namespace

Rule uncoalescedStores()
{
    return {.name = "uncoalesced-stores",
            .title = "Stores are not coalesced",
            .sentence = "A store request of {kernel} touches {sectors_per_request} sectors where "
                        "{ideal_sectors_per_request} would hold its bytes.",
            .cure = "Let neighbouring threads write neighbouring addresses; transpose in shared memory before the "
                    "store.",
            .bottleneck = Bottleneck::Uncoalesced,
            .moves = {"interchange-axes", "tile-transpose", "transpose-scratch", "stage-stores", "row-per-block",
                      "scan-single-pass", "scan-row"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, scatteredStores); }};
}

}  // namespace warploom
