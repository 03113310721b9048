// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Of the theoretical bandwidth, for bytes that are needed: copies reach 0.80 to 0.92 of it, resources/devices/*.toml.
constexpr double kNearBandwidth = 0.75;
/// The same of a bandwidth that a copy has reached.
constexpr double kNearMeasured = 0.85;

double nearPeak(const Peak& peak) { return peak.origin == PeakOrigin::Measured ? kNearMeasured : kNearBandwidth; }

std::vector<Finding> lookForBandwidth(const Observation& observation)
{
    const auto limit = observation.limit();
    if (!limit || limit->side != RooflineSide::Memory || !(observation.time.count() > 0)
        || limit->memoryTime < nearPeak(limit->memoryPeak) * observation.time)
        return {};
    Finding finding;
    finding.numbers = {{"achieved_bytes_per_second", limit->achievedBytesPerSecond(observation.time)},
                       {"peak_bytes_per_second", limit->memoryPeak.perSecond},
                       {"peak_share", limit->memoryTime / observation.time}};
    return {finding};
}

}  // namespace

Rule memoryBound()
{
    return {.name = "memory-bound",
            .title = "At the limit of DRAM",
            .sentence = "The bytes that the task has to move go at {achieved_bytes_per_second}, {peak_share} of the "
                        "peak: there is little left to gain.",
            .cure = "Only fewer bytes would help: a narrower type, or fusion with what comes before or after.",
            .bottleneck = Bottleneck::MemoryBandwidth,
            .standing = Standing::Limit,
            .look = lookForBandwidth};
}

}  // namespace warploom
