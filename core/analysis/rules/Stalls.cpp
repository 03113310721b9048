// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/Stalls.h"

#include <array>
#include <string>

#include "analysis/rules/LaunchFindings.h"

namespace warploom {

namespace {

/// Average warps in each state for every instruction issued: together all resident warps.
constexpr std::array<std::string_view, 19> kStates{"long_scoreboard",
                                                   "short_scoreboard",
                                                   "barrier",
                                                   "mio_throttle",
                                                   "lg_throttle",
                                                   "tex_throttle",
                                                   "math_pipe_throttle",
                                                   "wait",
                                                   "not_selected",
                                                   "selected",
                                                   "no_instruction",
                                                   "dispatch_stall",
                                                   "drain",
                                                   "imc_miss",
                                                   "membar",
                                                   "sleeping",
                                                   "gmma",
                                                   "branch_resolving",
                                                   "misc"};
/// A share of fewer states than these is a share of nothing.
constexpr int kFewestStates = 6;

std::optional<double> stallRatio(const ObservedLaunch& launch, std::string_view state)
{
    return launch.metric("smsp__average_warps_issue_stalled_" + std::string(state) + "_per_issue_active.ratio");
}

}  // namespace

std::optional<double> stallShare(const ObservedLaunch& launch, std::string_view state)
{
    double all = 0;
    int known = 0;
    for (const std::string_view one : kStates) {
        const auto ratio = stallRatio(launch, one);
        all += ratio.value_or(0);
        known += ratio ? 1 : 0;
    }
    const auto own = stallRatio(launch, state);
    if (!own || known < kFewestStates || !(all > 0))
        return std::nullopt;
    return *own / all;
}

std::vector<int> linesStalledFor(const Observation& observation, std::initializer_list<std::string_view> reasons)
{
    std::vector<std::pair<double, int>> ranked;
    for (const auto& [line, stalls] : observation.stalledLines) {
        double samples = 0;
        for (const std::string_view reason : reasons)
            if (const auto found = stalls.reasons.find(std::string(reason)); found != stalls.reasons.end())
                samples += static_cast<double>(found->second);
        if (samples > 0)
            ranked.emplace_back(samples, line);
    }
    return worstOf(std::move(ranked));
}

}  // namespace warploom
