// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/GlobalAccess.h"
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

std::optional<Finding> straddlingLoads(const Observation&, const UnitLoads& loads, const ObservedLaunch& launch)
{
    const auto access = globalLoads(launch);
    if (!access || !access->isIdealKnown || access->form() != AccessForm::Misaligned)
        return std::nullopt;
    // The sector that two neighbouring requests share is in L1 when the second comes: at least nothing is saved.
    const Saving most = savingOfExcess(loads, *access, std::nullopt);
    Finding finding = findingAbout(
        launch, {0, most.high},
        {{"sectors_per_request", access->perRequest()}, {"ideal_sectors_per_request", access->idealPerRequest()}});
    const double ideal = access->idealPerRequest();
    finding.lines = worstLines(launch, [ideal](const LineCounters& line) {
        return static_cast<double>(line.globalSectors) - ideal * static_cast<double>(line.globalRequests);
    });
    return finding;
}

}  // namespace

Rule misalignedLoads()
{
    return {.name = "misaligned-loads",
            .title = "Loads straddle sectors",
            .sentence = "A load request of {kernel} touches {sectors_per_request} sectors instead of "
                        "{ideal_sectors_per_request}: its first lane does not begin at a multiple of 32 bytes.",
            .cure = "Start each warp's run at a multiple of 32 bytes: handle what lies before the first such address "
                    "apart.",
            .bottleneck = Bottleneck::Uncoalesced,
            .look = [](const Observation& observation) { return findingsByKernel(observation, straddlingLoads); }};
}

}  // namespace warploom
