// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/GlobalAccess.h"
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

constexpr double kNarrowRequest = 128;  ///< bytes: 32 lanes of 4
constexpr double kNarrowestRequest = 24;  ///< less are single lanes, not bytes a lane
/// Lanes that share what they read cannot read more of it: a request of theirs has fewer sectors than it asks bytes
/// for.
constexpr double kLeastDistinct = 0.75;
/// One access of 16 bytes does the work of four of 4.
constexpr double kSpared = 0.75;
/// With each of them go an address computation, and up to one for loop or bound.
constexpr double kInstructionsOfLoad = 2;
/// Below this share of DRAM's peak, memory is not what loads in flight would help.
constexpr double kMemoryMatters = 0.4;

/// What kernels with 16-byte loads reach of DRAM's peak: a vector sum on an H200 went from 0.69 to 0.88 with them.
constexpr double kDramReached = 0.9;

double memoryGap(const UnitLoads& loads)
{
    const double dram = loads.of(Unit::Dram);
    if (dram < kMemoryMatters || loads.busiest() != Unit::Dram)
        return 0;
    return std::max(0.0, 1 - dram / kDramReached);
}

std::optional<Finding> narrowContiguousLoads(const Observation&, const UnitLoads& loads, const ObservedLaunch& launch)
{
    const auto access = globalLoads(launch);
    if (!access || !access->isIdealKnown || access->form() == AccessForm::Scattered)
        return std::nullopt;
    const double bytes = access->bytes / access->requests;
    if (bytes > kNarrowRequest || bytes < kNarrowestRequest
        || access->sectors * kBytesInSector < kLeastDistinct * access->bytes)
        return std::nullopt;
    const double loadsSpared = kSpared * access->requests;
    const Saving low = loads.without(Unit::Issue, loads.share(Unit::Issue, loadsSpared));
    const Saving high = loads.without(Unit::Issue, loads.share(Unit::Issue, kInstructionsOfLoad * loadsSpared));
    const double issue = loads.of(Unit::Issue) >= kBusy ? high.high : 0;
    Finding finding = findingAbout(launch, {low.low, std::max(issue, memoryGap(loads))},
                                   {{"bytes_per_lane", bytes / kLanesInWarp},
                                    {"load_requests", access->requests},
                                    {"dram_share", loads.of(Unit::Dram)},
                                    {"issue_share", loads.of(Unit::Issue)}});
    finding.lines =
        worstLines(launch, [](const LineCounters& line) { return static_cast<double>(line.globalRequests); });
    return finding;
}

}  // namespace

Rule narrowLoads()
{
    return {
        .name = "narrow-loads",
        .title = "Loads are narrow",
        .sentence = "{kernel} loads {bytes_per_lane} bytes a lane from neighbouring addresses; DRAM is "
                    "{dram_share} busy, instruction issue {issue_share}.",
        .cure = "Load 16 bytes a lane (float4): a quarter of the requests, four times the bytes in flight.",
        .bottleneck = Bottleneck::Latency,
        .moves = {"vectorize", "keep-row", "coarsen", "gather-batch"},
        .look = [](const Observation& observation) { return findingsByKernel(observation, narrowContiguousLoads); }};
}

}  // namespace warploom
