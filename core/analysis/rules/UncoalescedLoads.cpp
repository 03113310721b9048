// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/GlobalAccess.h"
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Share of the loads' sectors that L1 holds, where a card has counted them; scattered lanes often come back for the
/// rest of a sector.
std::optional<double> absorbedByL1(const ObservedLaunch& launch, const GlobalAccess& access)
{
    const auto hits = launch.metric("l1tex__t_sectors_pipe_lsu_mem_global_op_ld_lookup_hit.sum");
    return hits ? std::optional(std::min(1.0, *hits / access.sectors)) : std::nullopt;
}

std::optional<Finding> scatteredLoads(const Observation&, const UnitLoads& loads, const ObservedLaunch& launch)
{
    const auto access = globalLoads(launch);
    if (!access || access->form() != AccessForm::Scattered)
        return std::nullopt;
    Finding finding = findingAbout(launch, savingOfExcess(loads, *access, absorbedByL1(launch, *access)),
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

Rule uncoalescedLoads()
{
    return {.name = "uncoalesced-loads",
            .title = "Loads are not coalesced",
            .sentence = "A load request of {kernel} touches {sectors_per_request} sectors where "
                        "{ideal_sectors_per_request} would hold its bytes.",
            .cure = "Let neighbouring threads read neighbouring addresses, through shared memory where the algorithm "
                    "wants another order.",
            .bottleneck = Bottleneck::Uncoalesced,
            .moves = {"interchange-axes", "tile-transpose", "transpose-scratch", "tile-contraction",
                      "pipeline-contraction", "row-per-block", "scan-single-pass", "scan-row", "pair-tiles",
                      "attention-tiles", "select-per-warp", "flash-decoding", "split-sum"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, scatteredLoads); }};
}

}  // namespace warploom
