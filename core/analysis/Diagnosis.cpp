// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/Diagnosis.h"

#include <algorithm>
#include <cmath>

#include "analysis/MissingSources.h"
#include "analysis/Rule.h"

namespace warploom {

namespace {

/// Less than this is in a noise of 0.5 % and a few launches, and nothing that a person would act on.
constexpr double kWorthSaying = 0.03;
/// Expected saving from which a cure is what to do first, rather than to accept an honest limit.
constexpr double kWorthCuring = 0.1;
/// No estimate is good for more than a factor of 100.
constexpr double kMostSaving = 0.99;

double expectedSaving(const Finding& finding) { return (finding.saving.low + finding.saving.high) / 2; }

/// Makes an estimate one that can be shown: finite, within what the roofline leaves.
void cut(Finding& finding, double mostSaving)
{
    const auto clean = [&](double share) { return std::isfinite(share) ? std::clamp(share, 0.0, mostSaving) : 0; };
    finding.saving.high = clean(finding.saving.high);
    finding.saving.low = std::min(clean(finding.saving.low), finding.saving.high);
    finding.leastGain = 1 / (1 - finding.saving.low);
    finding.mostGain = 1 / (1 - finding.saving.high);
    std::erase_if(finding.numbers, [](const auto& number) { return !std::isfinite(number.second); });
}

struct Ranked {
    Standing standing = Standing::Curable;
    Finding finding;
};

std::vector<Ranked> askRules(const Observation& observation)
{
    const auto mostGain = observation.mostGain();
    const double mostSaving = mostGain ? std::min(kMostSaving, 1 - 1 / *mostGain) : kMostSaving;
    std::vector<Ranked> found;
    for (const Rule& rule : allRules()) {
        for (Finding& finding : rule.look(observation)) {
            finding.rule = rule.name;
            finding.bottleneck = rule.bottleneck;
            finding.moves.assign(rule.moves.begin(), rule.moves.end());
            if (rule.standing == Standing::Limit)
                finding.saving = {};
            cut(finding, mostSaving);
            if (rule.standing != Standing::Curable || finding.saving.high >= kWorthSaying)
                found.push_back({rule.standing, std::move(finding)});
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const Ranked& a, const Ranked& b) {
        if (a.standing != b.standing)
            return a.standing < b.standing;
        return expectedSaving(a.finding) > expectedSaving(b.finding);
    });
    return found;
}

/// The first finding, unless its cure gains next to nothing and an honest limit says why.
Bottleneck primaryOf(const std::vector<Ranked>& found)
{
    if (found.empty())
        return Bottleneck::Unknown;
    const Ranked& first = found.front();
    const bool counts = first.standing != Standing::Curable || expectedSaving(first.finding) >= kWorthCuring;
    const auto limit =
        std::find_if(found.begin(), found.end(), [](const Ranked& one) { return one.standing == Standing::Limit; });
    return counts || limit == found.end() ? first.finding.bottleneck : limit->finding.bottleneck;
}

void addOccupancy(const Observation& observation, Diagnosis& diagnosis)
{
    const auto& launches = observation.launches;
    const auto widest = std::max_element(launches.begin(), launches.end(),
                                         [](const auto& a, const auto& b) { return a.shape.blocks < b.shape.blocks; });
    if (widest == launches.end() || widest->shape.threadsPerBlock == 0)
        return;
    const Occupancy theoretical = widest->theoreticalOccupancy(observation.facts);
    diagnosis.occupancy = theoretical.fraction;
    diagnosis.occupancyLimiter = theoretical.limiter;
}

}  // namespace

Diagnosis diagnose(const Observation& observation)
{
    Diagnosis diagnosis;
    diagnosis.unknown = missingSources(observation);
    addOccupancy(observation, diagnosis);
    if (!std::isfinite(observation.time.count()) || !(observation.time.count() > 0))
        return diagnosis;
    if (const auto mostGain = observation.mostGain())
        diagnosis.shareOfPeak = 1 / *mostGain;
    if (const auto limit = observation.limit())
        diagnosis.peakOrigin = limit->peak().origin;
    std::vector<Ranked> found = askRules(observation);
    diagnosis.primary = primaryOf(found);
    for (Ranked& one : found)
        diagnosis.findings.push_back(std::move(one.finding));
    return diagnosis;
}

void to_json(nlohmann::json& json, const Diagnosis& diagnosis)
{
    json = {{"primary", bottleneckName(diagnosis.primary)},
            {"findings", diagnosis.findings},
            {"share_of_peak", diagnosis.shareOfPeak},
            {"peak_origin", peakOriginName(diagnosis.peakOrigin)},
            {"occupancy", diagnosis.occupancy},
            {"occupancy_limiter", diagnosis.occupancyLimiter},
            {"unknown", diagnosis.unknown}};
}

void from_json(const nlohmann::json& json, Diagnosis& diagnosis)
{
    diagnosis.primary = bottleneckFromName(json.value("primary", "")).value_or(Bottleneck::Unknown);
    diagnosis.findings = json.value("findings", std::vector<Finding>{});
    diagnosis.shareOfPeak = json.value("share_of_peak", 0.0);
    diagnosis.peakOrigin = peakOriginFromName(json.value("peak_origin", ""));
    diagnosis.occupancy = json.value("occupancy", 0.0);
    diagnosis.occupancyLimiter = json.value("occupancy_limiter", "");
    diagnosis.unknown = json.value("unknown", std::vector<std::string>{});
}

}  // namespace warploom
