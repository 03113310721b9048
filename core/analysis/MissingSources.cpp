// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/MissingSources.h"

#include <algorithm>
#include <cmath>

namespace warploom {

namespace {

bool hasStalls(const ObservedLaunch& launch)
{
    constexpr std::string_view kStall = "smsp__average_warps_issue_stalled_";
    const auto next = launch.metrics.lower_bound(std::string(kStall));
    return next != launch.metrics.end() && next->first.rfind(kStall, 0) == 0;
}

}  // namespace

std::vector<std::string> missingSources(const Observation& observation)
{
    const auto& launches = observation.launches;
    if (!std::isfinite(observation.time.count()) || !(observation.time.count() > 0))
        return {"time: neither measured nor modelled"};
    std::vector<std::string> missing;
    const auto note = [&](bool isThere, const char* what) {
        if (!isThere)
            missing.emplace_back(what);
    };
    const auto any = [&](auto has) { return std::any_of(launches.begin(), launches.end(), has); };
    note(observation.mostGain().has_value(), "roofline: the device's peaks or the task's work are not known");
    note(!launches.empty(), "launches: the plan is not known");
    if (launches.empty())
        return missing;
    const bool isCounted = observation.sum("smsp__inst_executed.sum").has_value();
    note(isCounted, "counters: neither of a card nor of the emulator");
    note(any(hasStalls), "stalls: no counters of a card");
    note(observation.sum("lts__t_sectors_lookup_hit.sum").has_value(), "caches: no counters of a card");
    note(any([](const ObservedLaunch& launch) { return launch.resources.has_value(); }),
         "registers and spills: nothing from the compiler");
    note(any([](const ObservedLaunch& launch) { return launch.mix.has_value(); }), "instruction mix: no listing");
    note(any([](const ObservedLaunch& launch) { return launch.counts && !launch.counts->lines.empty(); }),
         "source lines: nothing is counted by line");
    note(observation.usesDouble.has_value(), "precision: the task's types are not known");
    return missing;
}

}  // namespace warploom
