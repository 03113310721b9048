// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/Observation.h"

#include <algorithm>
#include <cmath>

namespace warploom {

namespace {

constexpr const char* kDurationMetric = "gpu__time_duration.sum";

/// What the busiest multiprocessor has to do for a launch: warp instructions, else threads.
double workOnOneProcessor(const ObservedLaunch& launch, double multiprocessors, bool byInstructions)
{
    const auto blocks = static_cast<double>(launch.shape.blocks);
    const double all = byInstructions ? launch.metric("smsp__inst_executed.sum").value_or(0)
                                      : blocks * static_cast<double>(launch.shape.threadsPerBlock);
    return all / std::max(1.0, std::min(blocks, multiprocessors));
}

}  // namespace

std::optional<double> ObservedLaunch::metric(const std::string& name) const
{
    const auto read = metrics.find(name);
    if (read != metrics.end() && std::isfinite(read->second) && read->second >= 0)
        return read->second;
    return counts ? countedMetric(*counts, name) : std::nullopt;
}

std::optional<MetricPair> ObservedLaunch::pairOf(const std::string& first, const std::string& second) const
{
    const auto read = [this](const std::string& name) -> std::optional<double> {
        const auto found = metrics.find(name);
        const bool isValid = found != metrics.end() && std::isfinite(found->second) && found->second >= 0;
        return isValid ? std::optional(found->second) : std::nullopt;
    };
    const auto measuredFirst = read(first);
    const auto measuredSecond = read(second);
    if (measuredFirst && measuredSecond)
        return MetricPair{*measuredFirst, *measuredSecond, true};
    const auto countedFirst = counts ? countedMetric(*counts, first) : std::nullopt;
    const auto countedSecond = counts ? countedMetric(*counts, second) : std::nullopt;
    if (countedFirst && countedSecond)
        return MetricPair{*countedFirst, *countedSecond, false};
    return std::nullopt;
}

Occupancy ObservedLaunch::theoreticalOccupancy(const DeviceFacts& facts) const
{
    BlockNeeds needs{shape.threadsPerBlock, 0, shape.dynamicShared};
    if (resources) {
        needs.registersPerThread = resources->registers;
        needs.shared += Bytes{resources->sharedBytes};
    }
    return occupancy(needs, facts);
}

std::optional<double> Observation::sum(const std::string& metric) const
{
    std::optional<double> total;
    for (const ObservedLaunch& launch : launches)
        if (const auto value = launch.metric(metric))
            total = total.value_or(0) + *value;
    return total;
}

double Observation::clocks() const
{
    const double result = time.count() * facts.clockMhz * facts.multiprocessors;
    return std::isfinite(result) && result > 0 ? result : 0;
}

double Observation::shareOf(const ObservedLaunch& launch) const
{
    const auto holds = [&](const char* metric) {
        return std::all_of(launches.begin(), launches.end(),
                           [&](const ObservedLaunch& one) { return one.metric(metric).has_value(); });
    };
    const bool byClock = holds(kDurationMetric);
    const bool byInstructions = holds("smsp__inst_executed.sum");
    const auto weight = [&](const ObservedLaunch& one) {
        return byClock ? *one.metric(kDurationMetric)
                       : workOnOneProcessor(one, static_cast<double>(facts.multiprocessors), byInstructions);
    };
    double total = 0;
    for (const ObservedLaunch& one : launches)
        total += weight(one);
    return total > 0 ? std::min(1.0, weight(launch) / total) : 0;
}

std::optional<double> Observation::mostGain() const
{
    const auto limited = limit();
    if (!limited || !(limited->bound.count() > 0) || !std::isfinite(time.count()) || !(time.count() > 0))
        return std::nullopt;
    return std::max(1.0, time / limited->bound);
}

}  // namespace warploom
