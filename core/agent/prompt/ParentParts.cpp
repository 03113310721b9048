// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "agent/prompt/AttemptText.h"
#include "agent/prompt/PromptParts.h"
#include "agent/prompt/PromptText.h"
#include "analysis/ChangeSentence.h"
#include "analysis/Rule.h"
#include "protocol/CompileProduct.h"

namespace warploom {

// What is known of the parent. Ranks: what limits it matters most, where it comes from least.

namespace {

constexpr int kResultRank = 10;
constexpr int kDiagnosisRank = 12;
constexpr int kHeatRank = 22;
constexpr int kCompilerRank = 24;
constexpr int kCountersRank = 26;
constexpr int kLineageRank = 40;
constexpr int kParentRankStep = 4;

constexpr std::size_t kMostFindings = 8;
constexpr std::size_t kMostFindingLines = 3;
constexpr std::size_t kMostHotLines = 12;
constexpr std::size_t kMostCounters = 24;
constexpr std::size_t kMostAncestors = 5;
constexpr std::size_t kLongestOutput = 3000;
constexpr std::size_t kLongestOwnHypothesis = 500;
constexpr std::size_t kMostLineageDiff = 60;

std::string configurationOf(const EvaluationRecord& record)
{
    std::vector<std::string> values;
    for (const auto& [name, value] : record.configuration)
        values.push_back(fmt::format("{} = {}", name, value));
    return fmt::format("{}", fmt::join(values, ", "));
}

std::string timingText(const EvaluationRecord& record)
{
    std::string text = record.modelled ? "modelled: a prediction of the emulator, never measured"
        : record.cold                  ? "measured with cold caches"
                                       : "measured with hot caches";
    if (!record.modelled && record.rounds > 0)
        text += fmt::format(", {} rounds", record.rounds);
    return record.provisional ? text + ", not yet confirmed in a fresh process" : text;
}

std::string resourcesText(const nlohmann::json& json)
{
    if (!json.is_array())
        return {};
    std::string text;
    for (const nlohmann::json& one : json) {
        KernelResources kernel;
        try {
            kernel = one.get<KernelResources>();
        } catch (const nlohmann::json::exception&) {
            continue;  // of another build
        }
        text += fmt::format("\n- {}: {} registers a thread, {} bytes of static shared memory, {} bytes spilled",
                            kernel.name, kernel.registers, kernel.sharedBytes,
                            kernel.spillLoadBytes + kernel.spillStoreBytes);
    }
    return text;
}

std::string gainText(const Finding& finding)
{
    if (!(finding.mostGain > 1))
        return "nothing to gain";
    return fmt::format("{:.2f}× to {:.2f}× if it were gone", finding.leastGain, finding.mostGain);
}

std::string findingText(const Finding& finding, const std::string& source)
{
    const Rule* rule = findRule(finding.rule);
    std::string text = fmt::format("- {} ({}): {}", rule == nullptr ? finding.rule : std::string(rule->title),
                                   gainText(finding), sentenceOf(finding));
    if (rule != nullptr)
        text += fmt::format(" {}", rule->cure);
    for (std::size_t i = 0; i < std::min(finding.lines.size(), kMostFindingLines); ++i)
        text += fmt::format("\n  {}", placeText(source, finding.lines[i]));
    return text;
}

std::string limitText(const Diagnosis& diagnosis)
{
    std::string text = fmt::format("Limited by {}", bottleneckWords(diagnosis.primary));
    if (diagnosis.shareOfPeak > 0)
        text += fmt::format("; {:.0f} % of what the {} peak allows", diagnosis.shareOfPeak * 100,
                            peakOriginName(diagnosis.peakOrigin));
    if (diagnosis.occupancy > 0)
        text += fmt::format("; theoretical occupancy {:.0f} %, limited by {}", diagnosis.occupancy * 100,
                            diagnosis.occupancyLimiter);
    return text + ".";
}

std::string counterText(const CounterChange& change)
{
    const std::string unit = change.unit.empty() ? "" : " " + change.unit;
    if (!change.before)
        return fmt::format("- {}: {}{}", change.name, numberText("", change.now), unit);
    return fmt::format("- {}: {} → {}{}", change.name, numberText("", *change.before), numberText("", change.now),
                       unit);
}

}  // namespace

PromptSection resultPart(const AgentContext& context)
{
    PromptSection section{"verdict", "How the parent fares", {}};
    if (isFreshStart(context))
        return section;
    std::string text = variantName(context.parent);
    if (!context.best) {
        section.add(text + ": not evaluated yet", kResultRank);
        return section;
    }
    const EvaluationRecord& record = *context.best;
    text += fmt::format(": {}\nTrust level {} of 6.", outcomeText(record), record.trust);
    if (record.time)
        text += fmt::format("\nThe time is {}.", timingText(record));
    if (!record.configuration.empty())
        text += fmt::format("\nBest configuration: {}", configurationOf(record));
    section.add(text + resourcesText(record.resources), kResultRank);
    return section;
}

PromptSection diagnosisPart(const AgentContext& context)
{
    PromptSection section{"diagnosis", "What limits the parent", {}};
    if (isFreshStart(context) || !context.diagnosis)
        return section;
    section.add(limitText(*context.diagnosis), kDiagnosisRank);
    const auto& findings = context.diagnosis->findings;
    for (std::size_t i = 0; i < std::min(findings.size(), kMostFindings); ++i)
        section.add(findingText(findings[i], context.parent.source),
                    kDiagnosisRank + kParentRankStep * static_cast<int>(i));
    if (!context.diagnosis->unknown.empty())
        section.add(fmt::format("Not looked at: {}", fmt::join(context.diagnosis->unknown, "; ")),
                    kDiagnosisRank + kParentRankStep * static_cast<int>(kMostFindings));
    return section;
}

PromptSection heatPart(const AgentContext& context)
{
    PromptSection section{"heat", "Where the parent's instructions are", {}};
    if (isFreshStart(context) || context.heat.empty())
        return section;
    std::string text;
    for (std::size_t i = 0; i < std::min(context.heat.size(), kMostHotLines); ++i)
        text += fmt::format("{}- {:.1f} % {}", i == 0 ? "" : "\n", context.heat[i].share * 100,
                            placeText(context.parent.source, context.heat[i].line));
    section.add(std::move(text), kHeatRank);
    return section;
}

PromptSection compilerPart(const AgentContext& context)
{
    PromptSection section{"compiler", "What the compiler says of the parent", {}};
    if (!isFreshStart(context) && !context.compilerOutput.empty())
        section.add(fenced(beginningOf(context.compilerOutput, kLongestOutput), "text"), kCompilerRank);
    return section;
}

PromptSection countersPart(const AgentContext& context)
{
    PromptSection section{"counters", "Counters of the parent, against its own parent", {}};
    if (isFreshStart(context) || context.counters.empty())
        return section;
    std::string text;
    for (std::size_t i = 0; i < std::min(context.counters.size(), kMostCounters); ++i)
        text += (i == 0 ? "" : "\n") + counterText(context.counters[i]);
    section.add(std::move(text), kCountersRank);
    return section;
}

PromptSection lineagePart(const AgentContext& context)
{
    PromptSection section{"lineage", "Where the parent comes from", {}};
    if (isFreshStart(context) || context.lineage.empty())
        return section;
    const VariantRecord* child = &context.parent;
    for (std::size_t i = 0; i < std::min(context.lineage.size(), kMostAncestors); ++i) {
        const VariantRecord& ancestor = context.lineage[i];
        std::string text = fmt::format("From {}, by {}.", variantName(ancestor), variantName(*child));
        if (!child->hypothesis.empty())
            text += fmt::format("\nHypothesis ({}): {}", hypothesisOutcomeName(child->outcome),
                                onOneLine(child->hypothesis, kLongestOwnHypothesis));
        // What made the parent itself is told in full: what it gained can be seen in the counters.
        if (i == 0)
            text += "\n" + fenced(diffText(ancestor.source, child->source, kMostLineageDiff), "diff");
        section.add(std::move(text), kLineageRank + kParentRankStep * static_cast<int>(i));
        child = &ancestor;
    }
    return section;
}

}  // namespace warploom
