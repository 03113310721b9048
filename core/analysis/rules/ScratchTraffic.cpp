// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Of all bytes that the plan moves.
constexpr double kScratchMatters = 0.2;

std::vector<Finding> lookForScratch(const Observation& observation)
{
    // What is set to zero is written; what is scratch is written and read.
    const auto zeroed = static_cast<double>(observation.zeroBytes);
    const auto scratch = static_cast<double>(observation.scratchBytes);
    const double bytes = zeroed + 2 * scratch;
    const double all = observation.work.bytes() + bytes;
    if (!(bytes > 0) || bytes < kScratchMatters * all)
        return {};
    // In L2 it costs DRAM nothing; beyond, half of it is sure, as not all of the scratch need be used.
    const UnitLoads loads(observation);
    const double most = std::min(1.0, loads.share(Unit::Dram, bytes));
    const bool fitsL2 = zeroed + scratch <= static_cast<double>(observation.facts.l2Size.value);
    Finding finding;
    finding.saving = {fitsL2 ? 0 : most / 2, most};
    finding.numbers = {{"scratch_bytes", scratch}, {"zeroed_bytes", zeroed}, {"extra_share", bytes / all}};
    return {finding};
}

}  // namespace

Rule scratchTraffic()
{
    return {.name = "scratch-traffic",
            .title = "Much traffic is the plan's own",
            .sentence = "{extra_share} of the bytes are the plan's own: {scratch_bytes} of scratch written and read, "
                        "{zeroed_bytes} set to zero.",
            .cure = "Keep partial results in registers or shared memory, fuse the launches that exchange them, and "
                    "store instead of adding to zeros.",
            .bottleneck = Bottleneck::RedundantTraffic,
            .moves = {"accumulate-local", "row-per-block"},
            .look = lookForScratch};
}

}  // namespace warploom
