// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/AtomicQueue.h"
#include "analysis/rules/GlobalAccess.h"
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/LaunchSize.h"
#include "analysis/rules/Rules.h"
#include "analysis/rules/Stalls.h"

namespace warploom {

namespace {

/// Of the warps' time: waiting for loads is then what they do most.
constexpr double kLoadStallsMatter = 0.4;
/// Twice the loads in flight halve what is waited; half of that is taken for sure.
constexpr double kSureOfGap = 0.25;
/// Cycles from issue to data out of DRAM: 434 (T4) to 640 (RTX 4090), resources/devices/*.toml.
constexpr double kDramLatencyCycles = 560;

/// Little's law: loads that each warp must have on the way for DRAM to be busy.
double loadsNeeded(const Observation& observation, const LaunchSize& size, const GlobalAccess& access)
{
    const DeviceFacts& facts = observation.facts;
    const double bytesInFlight = facts.dramBytesPerSecond * kDramLatencyCycles / (facts.clockMhz * 1e6);
    const double atOnce = std::min(1.0, size.waves) * size.resident * facts.multiprocessors;
    const double warps = atOnce * size.warpsPerBlock;
    const double perLoad = std::min(access.sectors, access.idealSectors) / access.requests * kBytesInSector;
    return warps > 0 && perLoad > 0 ? bytesInFlight / (warps * perLoad) : 0;
}

std::optional<Finding> waitingForLoads(const Observation& observation, const UnitLoads& loads,
                                       const ObservedLaunch& launch)
{
    const auto access = globalLoads(launch);
    const LaunchSize size(launch, observation.facts);
    if (!access || !loads.isCounted() || loads.most() >= kBusy
        || static_cast<double>(launch.shape.blocks) < observation.facts.multiprocessors)
        return std::nullopt;
    if (atomicQueue(observation, launch).together >= kBusy)
        return std::nullopt;  // then it may be atomics that they wait for, which is another rule's
    const auto stalled = stallShare(launch, "long_scoreboard");
    if (stalled && *stalled < kLoadStallsMatter)
        return std::nullopt;
    // At most until the busiest unit is the limit.
    const double gap = observation.shareOf(launch) * (1 - loads.most() / kBusy);
    Finding finding = findingAbout(launch, {kSureOfGap * gap, gap},
                                   {{"busiest_share", loads.most()},
                                    {"occupancy_share", size.occupancy.fraction},
                                    {"loads_needed_per_warp", loadsNeeded(observation, size, *access)}});
    if (stalled)
        finding.numbers["load_stall_share"] = *stalled;
    finding.lines = linesStalledFor(observation, {"long_scoreboard"});
    if (finding.lines.empty())
        finding.lines =
            worstLines(launch, [](const LineCounters& line) { return static_cast<double>(line.globalRequests); });
    return finding;
}

}  // namespace

Rule latencyBound()
{
    return {.name = "latency-bound",
            .title = "Warps wait for loads",
            .sentence = "No unit is more than {busiest_share} busy: {kernel} waits. At {occupancy_share} occupancy "
                        "every warp needs {loads_needed_per_warp} loads on the way to keep DRAM busy.",
            .cure = "Start more independent loads before using the first: several elements a thread, unrolled loops, "
                    "wider loads, pointers that do not alias, more warps.",
            .bottleneck = Bottleneck::Latency,
            .moves = {"coarsen", "vectorize", "keep-row", "share-columns", "keep-column", "keep-extremum", "unroll",
                      "restrict-const", "gather-batch", "launch-bounds", "compiler-flags"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, waitingForLoads); }};
}

}  // namespace warploom
