// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/SpeedLimit.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace warploom {

namespace {

/// Copies reach 84 % of an H200's and some 92 % of an H100's theoretical DRAM bandwidth, reads some 96 %
/// (`warploom-bench peaks`); tensor cores less.
constexpr double kOfTheoreticalPeak = 0.90;
/// A measured peak was reached by a kernel that does nothing else.
constexpr double kOfMeasuredPeak = 0.97;
/// What the task's own work takes at least, by the theoretical peaks, stands beside it: a unit that is busy with
/// detours, or that is not the fastest for the work, is no limit.
constexpr double kOfFloor = 0.75;
/// The size that was profiled must stand for all.
constexpr double kAlike = 0.95;
constexpr double kWorthNaming = 1.02;
constexpr std::size_t kMostNamed = 3;

/// Shares of what each timed size takes at least of what it took; empty where it is not known.
std::vector<double> sharesOfFloor(const EvaluationRecord& evaluation)
{
    std::vector<double> shares;
    const auto floor = evaluation.evidence.find("floor");
    if (floor == evaluation.evidence.end() || !floor->is_array())
        return shares;
    for (const auto& size : *floor) {
        const double time = size.value("time_us", 0.0);
        if (time > 0)
            shares.push_back(std::max(size.value("memory_us", 0.0), size.value("arithmetic_us", 0.0)) / time);
    }
    return shares;
}

}  // namespace

std::string standingOf(const Diagnosis& diagnosis)
{
    if (diagnosis.primary == Bottleneck::Unknown)
        return {};
    std::string text(bottleneckName(diagnosis.primary));
    if (diagnosis.shareOfPeak > 0)
        text +=
            fmt::format(", {:.0f} % of the {} peak", 100 * diagnosis.shareOfPeak, peakOriginName(diagnosis.peakOrigin));
    std::vector<std::string> remaining;
    for (const Finding& finding : diagnosis.findings)
        if (finding.mostGain >= kWorthNaming && remaining.size() < kMostNamed)
            remaining.push_back(fmt::format("{} up to {:.2f}×", finding.rule, finding.mostGain));
    return remaining.empty() ? text : fmt::format("{}; remaining: {}", text, fmt::join(remaining, ", "));
}

bool isAtLimit(const EvaluationRecord& evaluation, const Diagnosis& diagnosis)
{
    if (evaluation.modelled || diagnosis.primary == Bottleneck::Unknown || diagnosis.peakOrigin == PeakOrigin::Modelled)
        return false;
    const double needed = diagnosis.peakOrigin == PeakOrigin::Measured ? kOfMeasuredPeak : kOfTheoreticalPeak;
    const auto shares = sharesOfFloor(evaluation);
    if (diagnosis.shareOfPeak < needed || shares.empty())
        return false;
    const auto [least, most] = std::ranges::minmax(shares);
    return least >= kOfFloor && least >= kAlike * most;
}

}  // namespace warploom
