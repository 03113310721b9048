// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/ChangeSentence.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "analysis/Rule.h"

namespace warploom {

namespace {

/// More names would be a list, not a sentence.
constexpr std::size_t kMostNames = 2;

constexpr std::array<std::pair<FindingChange, std::string_view>, 5> kChangeVerbs{{
    {FindingChange::Gone, "went away"},
    {FindingChange::Weaker, "weakened"},
    {FindingChange::New, "appeared"},
    {FindingChange::Stronger, "grew"},
    {FindingChange::Same, "stayed"},
}};

std::string nameInSentence(const Finding& finding)
{
    const Rule* rule = findRule(finding.rule);
    return fmt::format("“{}”", rule == nullptr ? std::string_view(finding.rule) : rule->title);
}

/// What the sentence ends with says it already.
bool isHonestLimit(const Finding& finding)
{
    const Rule* rule = findRule(finding.rule);
    return rule != nullptr && rule->standing == Standing::Limit;
}

/// Each once, however many kernels have it.
std::vector<std::string> namesWith(const std::vector<ComparedFinding>& changes, FindingChange change)
{
    std::vector<std::string> names;
    for (const ComparedFinding& one : changes) {
        std::string name = nameInSentence(one.finding);
        if (one.change == change && !isHonestLimit(one.finding)
            && std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(std::move(name));
    }
    return names;
}

std::string listed(const std::vector<std::string>& names)
{
    std::string text = names.front();
    if (names.size() > kMostNames)
        return fmt::format("{}, {} and {} more", text, names[1], names.size() - kMostNames);
    return names.size() == kMostNames ? fmt::format("{} and {}", text, names[1]) : text;
}

}  // namespace

std::string_view bottleneckWords(Bottleneck bottleneck)
{
    switch (bottleneck) {
    case Bottleneck::MemoryBandwidth:
        return "the bandwidth of DRAM";
    case Bottleneck::Uncoalesced:
        return "scattered memory accesses";
    case Bottleneck::RedundantTraffic:
        return "data that is moved again and again";
    case Bottleneck::BankConflicts:
        return "bank conflicts of shared memory";
    case Bottleneck::Spills:
        return "local memory";
    case Bottleneck::Atomics:
        return "atomics";
    case Bottleneck::Divergence:
        return "diverging lanes";
    case Bottleneck::Barriers:
        return "barriers";
    case Bottleneck::Compute:
        return "instructions and arithmetic";
    case Bottleneck::WrongUnit:
        return "arithmetic on a slower unit than needed";
    case Bottleneck::Occupancy:
        return "occupancy";
    case Bottleneck::TooFewBlocks:
        return "too few blocks";
    case Bottleneck::Latency:
        return "the latency of memory";
    case Bottleneck::LaunchBound:
        return "the launches themselves";
    case Bottleneck::Unknown:
        break;
    }
    return "something that was not found";
}

std::string changeSentence(const std::vector<ComparedFinding>& changes, Bottleneck now)
{
    std::string text;
    bool hasChanged = false;
    for (const auto& [change, verb] : kChangeVerbs) {
        const auto names = namesWith(changes, change);
        if (names.empty() || (change == FindingChange::Same && hasChanged))
            continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", listed(names), verb);
        hasChanged = hasChanged || change != FindingChange::Same;
    }
    if (text.empty())
        return text;
    if (now == Bottleneck::Unknown)
        return text + "; what limits it now was not found.";
    return fmt::format("{}; {} limited by {}.", text, hasChanged ? "now" : "still", bottleneckWords(now));
}

nlohmann::json changesJson(const std::vector<ComparedFinding>& changes)
{
    auto json = nlohmann::json::array();
    for (const ComparedFinding& one : changes)
        json.push_back({{"change", findingChangeName(one.change)},
                        {"rule", one.finding.rule},
                        {"bottleneck", bottleneckName(one.finding.bottleneck)},
                        {"kernel", one.finding.kernel}});
    return json;
}

std::vector<ComparedFinding> changesFromJson(const nlohmann::json& json)
{
    const auto textOf = [](const nlohmann::json& one, const char* key) {
        const auto found = one.find(key);
        return found != one.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    std::vector<ComparedFinding> changes;
    for (const nlohmann::json& one : json) {
        if (!one.is_object())
            continue;
        const std::string name = textOf(one, "change");
        const auto known = std::find_if(kChangeVerbs.begin(), kChangeVerbs.end(),
                                        [&name](const auto& entry) { return findingChangeName(entry.first) == name; });
        if (known == kChangeVerbs.end())
            continue;
        ComparedFinding compared{known->first, {}};
        compared.finding.rule = textOf(one, "rule");
        compared.finding.bottleneck = bottleneckFromName(textOf(one, "bottleneck")).value_or(Bottleneck::Unknown);
        compared.finding.kernel = textOf(one, "kernel");
        changes.push_back(std::move(compared));
    }
    return changes;
}

}  // namespace warploom
