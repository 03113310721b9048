// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LaunchFindings.h"

#include <algorithm>
#include <utility>

namespace warploom {

namespace {

constexpr std::size_t kMostLines = 5;
/// Lines below this share of the worst one's badness are not worth a mark in the editor.
constexpr double kLeastOfWorst = 0.1;

void addLaunchOfKernel(Finding& known, Finding next)
{
    const Saving both{known.saving.low + next.saving.low, known.saving.high + next.saving.high};
    if (next.saving.high > known.saving.high)
        known = std::move(next);
    known.saving = both;
}

}  // namespace

std::vector<Finding> findingsByKernel(const Observation& observation, LookAtLaunch look)
{
    const UnitLoads loads(observation);
    std::vector<Finding> findings;
    for (const ObservedLaunch& launch : observation.launches) {
        auto found = look(observation, loads, launch);
        if (!found)
            continue;
        const auto known = std::find_if(findings.begin(), findings.end(),
                                        [&](const Finding& one) { return one.kernel == found->kernel; });
        if (known == findings.end())
            findings.push_back(std::move(*found));
        else
            addLaunchOfKernel(*known, std::move(*found));
    }
    return findings;
}

Finding findingAbout(const ObservedLaunch& launch, Saving saving, std::map<std::string, double> numbers)
{
    Finding finding;
    finding.saving = saving;
    finding.numbers = std::move(numbers);
    finding.kernel = launch.shape.kernel;
    return finding;
}

std::vector<int> worstLines(const ObservedLaunch& launch, const std::function<double(const LineCounters&)>& badness)
{
    std::vector<std::pair<double, int>> ranked;
    if (launch.counts)
        for (const auto& [line, counts] : launch.counts->lines)
            if (const double score = badness(counts); score > 0 && line > 0)
                ranked.emplace_back(score, line);
    return worstOf(std::move(ranked));
}

std::vector<int> worstOf(std::vector<std::pair<double, int>> ranked)
{
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<int> lines;
    for (const auto& [score, line] : ranked)
        if (lines.size() < kMostLines && score >= kLeastOfWorst * ranked.front().first)
            lines.push_back(line);
    return lines;
}

}  // namespace warploom
