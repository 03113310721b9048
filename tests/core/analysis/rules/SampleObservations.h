// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "analysis/Diagnosis.h"

namespace warploom::test {

inline DeviceFacts h100Facts()
{
    DeviceFacts facts;
    facts.name = "NVIDIA H100 80GB HBM3";
    facts.architecture = "sm_90";
    facts.multiprocessors = 132;
    facts.clockMhz = 1980;
    facts.l2Size = Bytes{50 * 1024 * 1024};
    facts.dramBytesPerSecond = 3.352e12;
    facts.fp32FlopsPerSecond = 66.9e12;
    facts.fp64FlopsPerSecond = 33.5e12;
    facts.tf32FlopsPerSecond = 494.7e12;
    facts.tensorFlopsPerSecond = 989.4e12;
    return facts;
}

constexpr std::uint64_t kElements = 100'000'000;
constexpr std::uint64_t kWarps = kElements / 32;

/// One element a thread is read, changed and written, 4 bytes each way: nothing is wrong with it. DRAM alone needs
/// 239 µs, so that 270 µs are good and 1000 µs are far from what could be.
inline Observation healthyMap(double microseconds = 270)
{
    LaunchCounters counts;
    counts.kernel = "map";
    counts.blocks = counts.sampledBlocks = kElements / 256;
    counts.warpInstructions = 12 * kWarps;
    counts.threadInstructions = 32 * counts.warpInstructions;
    counts.globalLoadRequests = counts.globalStoreRequests = kWarps;
    counts.globalLoadSectors = counts.globalStoreSectors = 4 * kWarps;
    counts.globalLoadBytes = counts.globalStoreBytes = 4 * kElements;
    counts.memoryInstructions = 2 * kWarps;
    counts.integerInstructions = 5 * kWarps;
    counts.singleInstructions = 2 * kWarps;
    counts.controlInstructions = 3 * kWarps;
    counts.branches = kWarps;
    counts.flops32 = kElements;
    KernelResources resources;
    resources.name = resources.loweredName = "map";
    resources.registers = 16;
    ObservedLaunch launch;
    launch.shape = {"map", kElements / 256, 256, {}};
    launch.resources = resources;
    launch.counts = counts;
    Observation observation;
    observation.facts = h100Facts();
    observation.work = {4.0 * kElements, 4.0 * kElements, 1.0 * kElements};
    observation.time = Microseconds(microseconds);
    observation.launches = {launch};
    observation.usesDouble = false;
    return observation;
}

inline std::optional<Finding> findingOf(const Diagnosis& diagnosis, const std::string& rule)
{
    const auto found = std::find_if(diagnosis.findings.begin(), diagnosis.findings.end(),
                                    [&](const Finding& finding) { return finding.rule == rule; });
    return found == diagnosis.findings.end() ? std::nullopt : std::optional(*found);
}

inline std::optional<Finding> findingOf(const Observation& observation, const std::string& rule)
{
    return findingOf(diagnose(observation), rule);
}

inline bool finds(const Observation& observation, const std::string& rule)
{
    return findingOf(observation, rule).has_value();
}

/// A card's stalls: \p share of the warps' time in \p state, the rest in others.
inline void setStall(ObservedLaunch& launch, const std::string& state, double share)
{
    const auto name = [](const std::string& of) {
        return "smsp__average_warps_issue_stalled_" + of + "_per_issue_active.ratio";
    };
    constexpr double kResidentWarps = 16;
    for (const char* other : {"selected", "wait", "not_selected", "short_scoreboard", "math_pipe_throttle"})
        launch.metrics[name(other)] = kResidentWarps * (1 - share) / 5;
    launch.metrics[name(state)] = kResidentWarps * share;
}

/// What the counters of a card say: per cent of a unit's peak.
inline void setBusy(ObservedLaunch& launch, const std::string& metric, double share)
{
    launch.metrics[metric] = 100 * share;
}

}  // namespace warploom::test
