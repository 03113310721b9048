// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/Finding.h"

#include <array>
#include <utility>

namespace warploom {

namespace {

constexpr std::array<std::pair<Bottleneck, std::string_view>, 15> kBottleneckNames{{
    {Bottleneck::MemoryBandwidth, "memory-bandwidth"},
    {Bottleneck::Uncoalesced, "uncoalesced"},
    {Bottleneck::RedundantTraffic, "redundant-traffic"},
    {Bottleneck::BankConflicts, "bank-conflicts"},
    {Bottleneck::Spills, "spills"},
    {Bottleneck::Atomics, "atomics"},
    {Bottleneck::Divergence, "divergence"},
    {Bottleneck::Barriers, "barriers"},
    {Bottleneck::Compute, "compute"},
    {Bottleneck::WrongUnit, "wrong-unit"},
    {Bottleneck::Occupancy, "occupancy"},
    {Bottleneck::TooFewBlocks, "too-few-blocks"},
    {Bottleneck::Latency, "latency"},
    {Bottleneck::LaunchBound, "launch-bound"},
    {Bottleneck::Unknown, "unknown"},
}};

}  // namespace

std::string_view bottleneckName(Bottleneck bottleneck)
{
    for (const auto& [value, name] : kBottleneckNames)
        if (value == bottleneck)
            return name;
    return "unknown";
}

std::optional<Bottleneck> bottleneckFromName(std::string_view name)
{
    for (const auto& [value, text] : kBottleneckNames)
        if (text == name)
            return value;
    return std::nullopt;
}

const std::vector<Bottleneck>& allBottlenecks()
{
    static const std::vector<Bottleneck> all = [] {
        std::vector<Bottleneck> list;
        for (const auto& entry : kBottleneckNames)
            list.push_back(entry.first);
        return list;
    }();
    return all;
}

void to_json(nlohmann::json& json, const Finding& finding)
{
    json = {{"rule", finding.rule},
            {"bottleneck", bottleneckName(finding.bottleneck)},
            {"saving", {finding.saving.low, finding.saving.high}},
            {"gain", {finding.leastGain, finding.mostGain}},
            {"numbers", finding.numbers},
            {"kernel", finding.kernel},
            {"lines", finding.lines},
            {"moves", finding.moves}};
}

void from_json(const nlohmann::json& json, Finding& finding)
{
    finding.rule = json.value("rule", "");
    finding.bottleneck = bottleneckFromName(json.value("bottleneck", "")).value_or(Bottleneck::Unknown);
    const auto saving = json.value("saving", std::array<double, 2>{0, 0});
    finding.saving = {saving[0], saving[1]};
    const auto gain = json.value("gain", std::array<double, 2>{1, 1});
    finding.leastGain = gain[0];
    finding.mostGain = gain[1];
    finding.numbers = json.value("numbers", std::map<std::string, double>{});
    finding.kernel = json.value("kernel", "");
    finding.lines = json.value("lines", std::vector<int>{});
    finding.moves = json.value("moves", std::vector<std::string>{});
}

}  // namespace warploom
