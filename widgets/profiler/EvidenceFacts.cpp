// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/EvidenceFacts.h"

#include <limits>

#include <fmt/format.h>

#include "evaluate/TrustChecks.h"

namespace warploom {

namespace {

/// Calls \p add with every object of the list under \p name.
template <typename Add>
void forEach(const nlohmann::json& evidence, const char* name, Add add)
{
    const auto found = evidence.find(name);
    if (found == evidence.end() || !found->is_array())
        return;
    for (const auto& entry : *found)
        if (entry.is_object())
            add(entry);
}

/// The first number of an interval, or the number itself.
std::optional<double> estimateOf(const nlohmann::json& json, const char* name)
{
    const auto found = json.find(name);
    if (found != json.end() && found->is_array() && !found->empty() && found->front().is_number())
        return found->front().get<double>();
    return numberOf(json, name);
}

StepState passedIf(bool passed) { return passed ? StepState::Passed : StepState::Failed; }

FactRow precisionOf(const nlohmann::json& entry)
{
    FactRow fact;
    fact.kind = FactKind::Precision;
    fact.size = textOf(entry, "size");
    fact.buffer = textOf(entry, "buffer");
    fact.figure = numberOf(entry, "error");
    fact.baseline = numberOf(entry, "baseline_error");
    fact.allowed = numberOf(entry, "allowed");
    if (fact.figure && fact.allowed)
        fact.state = passedIf(*fact.figure <= *fact.allowed);
    return fact;
}

FactRow floorOf(const nlohmann::json& entry)
{
    FactRow fact;
    fact.kind = FactKind::Floor;
    fact.size = textOf(entry, "size");
    fact.figure = numberOf(entry, "time_us");
    fact.allowed = numberOf(entry, "floor_us");
    fact.memory = numberOf(entry, "memory_us");
    fact.arithmetic = numberOf(entry, "arithmetic_us");
    fact.unit = textOf(entry, "unit");
    const auto possible = entry.find("possible");
    if (possible != entry.end() && possible->is_boolean())
        fact.state = passedIf(possible->get<bool>());
    return fact;
}

void addTimedOutputs(EvidenceRows& rows, const nlohmann::json& evidence)
{
    forEach(evidence, "timing", [&](const nlohmann::json& series) {
        FactRow fact;
        fact.kind = FactKind::TimedOutputs;
        fact.size = textOf(series, "size");
        fact.figure = numberOf(series, "outputs_checked");
        fact.state = fact.figure && *fact.figure > 0 ? StepState::Passed : StepState::Pending;
        rows.facts.push_back(std::move(fact));
    });
    const auto failed = evidence.find("timed_outputs");
    if (failed == evidence.end() || !failed->is_object())
        return;
    FactRow fact;
    fact.kind = FactKind::TimedOutputs;
    fact.figure = numberOf(*failed, "outputs_checked");
    fact.state = passedIf(numberOf(*failed, "outputs_wrong").value_or(0) == 0);
    fact.text = fmt::format("{} wrong, worst error {:.3g} tolerances", numberOf(*failed, "outputs_wrong").value_or(0),
                            numberOf(*failed, "worst_error").value_or(0));
    rows.facts.push_back(std::move(fact));
}

/// What a check says that has no evidence of its own.
void addCheckFact(EvidenceRows& rows, FactKind kind, std::string_view name)
{
    for (const StepRow& step : rows.steps)
        for (const CheckRow& check : step.checks) {
            if (check.name != name)
                continue;
            FactRow fact;
            fact.kind = kind;
            fact.state = check.state;
            fact.text = check.detail;
            rows.facts.push_back(std::move(fact));
        }
}

void addFault(EvidenceRows& rows, const nlohmann::json& evidence, const char* name)
{
    const auto found = evidence.find(name);
    if (found == evidence.end() || !found->is_object())
        return;
    FactRow fact;
    fact.kind = FactKind::Fault;
    fact.state = StepState::Failed;
    fact.buffer = textOf(*found, "buffer");
    fact.text = textOf(*found, "message");
    const std::string instruction = textOf(*found, "instruction");
    if (!instruction.empty())
        fact.text += fmt::format(" ({})", instruction);
    rows.facts.push_back(std::move(fact));
}

void addNotes(EvidenceRows& rows, const nlohmann::json& evidence)
{
    const auto notes = evidence.find("notes");
    if (notes == evidence.end() || !notes->is_array())
        return;
    for (const auto& note : *notes) {
        if (!note.is_string())
            continue;
        FactRow fact;
        fact.text = note.get<std::string>();
        rows.facts.push_back(std::move(fact));
    }
}

}  // namespace

std::string textOf(const nlohmann::json& json, const char* name)
{
    if (!json.is_object())
        return {};
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> numberOf(const nlohmann::json& json, const char* name)
{
    if (!json.is_object())
        return std::nullopt;
    const auto found = json.find(name);
    if (found == json.end())
        return std::nullopt;
    if (found->is_number())
        return found->get<double>();
    const std::string text = textOf(json, name);
    if (text == "nan")
        return std::numeric_limits<double>::quiet_NaN();
    if (text == "inf" || text == "-inf")
        return (text == "inf" ? 1 : -1) * std::numeric_limits<double>::infinity();
    return std::nullopt;
}

void addFacts(EvidenceRows& rows, const nlohmann::json& evidence)
{
    forEach(evidence, "precision", [&](const auto& entry) { rows.facts.push_back(precisionOf(entry)); });
    forEach(evidence, "floor", [&](const auto& entry) { rows.facts.push_back(floorOf(entry)); });
    addTimedOutputs(rows, evidence);
    if (const auto noise = estimateOf(evidence, "noise_floor")) {
        FactRow fact;
        fact.kind = FactKind::NoiseFloor;
        fact.figure = noise;
        rows.facts.push_back(std::move(fact));
    }
    addCheckFact(rows, FactKind::Memory, trustCheck::kMemoryChecks);
    addCheckFact(rows, FactKind::Confirmation, trustCheck::kFreshProcess);
    addFault(rows, evidence, "fault");
    addNotes(rows, evidence);
}

}  // namespace warploom
