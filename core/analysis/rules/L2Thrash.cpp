// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// DRAM bytes over those that any implementation moves: partial sectors and page ends are less.
constexpr double kMovedTooOften = 1.5;
/// Of the lookups. Where most hit, what misses is needed.
constexpr double kPoorHitRate = 0.5;

std::vector<Finding> lookForThrash(const Observation& observation)
{
    const auto read = observation.sum("dram__bytes_read.sum");
    const auto written = observation.sum("dram__bytes_write.sum");
    const auto hits = observation.sum("lts__t_sectors_lookup_hit.sum");
    const auto misses = observation.sum("lts__t_sectors_lookup_miss.sum");
    if (!read || !written || !hits || !misses || !(*hits + *misses > 0))
        return {};
    const double moved = *read + *written;
    // Scratch is written and read.
    const double needed = observation.work.bytes() + static_cast<double>(observation.zeroBytes)
        + 2 * static_cast<double>(observation.scratchBytes);
    const double hitRate = *hits / (*hits + *misses);
    if (!(observation.work.bytes() > 0) || moved < kMovedTooOften * needed || hitRate >= kPoorHitRate)
        return {};
    const UnitLoads loads(observation);
    Finding finding;
    finding.saving = loads.without(Unit::Dram, loads.share(Unit::Dram, moved - needed));
    finding.numbers = {{"dram_bytes", moved}, {"needed_bytes", needed}, {"hit_share", hitRate}};
    return {finding};
}

}  // namespace

Rule l2Thrash()
{
    return {.name = "l2-thrash",
            .title = "L2 loses data before it is used again",
            .sentence =
                "DRAM moves {dram_bytes} where {needed_bytes} are needed; {hit_share} of the lookups in L2 hit.",
            .cure = "Let blocks that share data run at the same time and order them by tiles, or fetch less at a time.",
            .bottleneck = Bottleneck::RedundantTraffic,
            .moves = {"tile-contraction", "pipeline-contraction", "row-per-block", "keep-row", "keep-column",
                      "fuse-launches", "fuse-passes", "tensor-split", "tensor-double"},
            .look = lookForThrash};
}

}  // namespace warploom
