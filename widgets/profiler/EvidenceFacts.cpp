// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/EvidenceFacts.h"

#include <fmt/format.h>

#include "evaluate/TrustChecks.h"
#include "profiler/EvidenceReader.h"
#include "protocol/JudgeValues.h"

namespace warploom {

namespace {

StepState passedIf(bool passed) { return passed ? StepState::Passed : StepState::Failed; }

FactRow precisionOf(const EvidenceReader& entry)
{
    FactRow fact;
    fact.kind = FactKind::Precision;
    fact.size = entry.text("size");
    fact.buffer = entry.text("buffer");
    fact.figure = entry.number("error");
    fact.baseline = entry.number("baseline_error");
    fact.allowed = entry.number("allowed");
    if (fact.figure && fact.allowed)
        fact.state = passedIf(*fact.figure <= *fact.allowed);
    return fact;
}

FactRow floorOf(const EvidenceReader& entry)
{
    FactRow fact;
    fact.kind = FactKind::Floor;
    fact.size = entry.text("size");
    fact.figure = entry.number("time_us");
    fact.allowed = entry.number("floor_us");
    fact.memory = entry.number("memory_us");
    fact.arithmetic = entry.number("arithmetic_us");
    fact.unit = entry.text("unit");
    if (const auto possible = entry.flag("possible"))
        fact.state = passedIf(*possible);
    return fact;
}

FactRow seriesOf(const EvidenceReader& entry)
{
    FactRow fact;
    fact.kind = FactKind::TimedOutputs;
    fact.size = entry.text("size");
    fact.figure = entry.number("outputs_checked");
    fact.state = fact.figure && *fact.figure > 0 ? StepState::Passed : StepState::Pending;
    fact.ratio = entry.interval("ratio");
    SeriesFacts series;
    series.worstError = entry.number("worst_error");
    series.isCold = entry.flag("cold");
    series.rounds = entry.number("rounds");
    series.launches = entry.number("launches");
    series.copies = entry.number("copies");
    series.noise = entry.number("noise");
    series.decision = entry.text("decision");
    if (const auto card = entry.value<CardState>("card"))
        series.throttling = card->throttling;
    fact.series = std::move(series);
    return fact;
}

void addTimedOutputs(EvidenceRows& rows, const EvidenceReader& evidence)
{
    evidence.objects("timing", [&](const EvidenceReader& entry) { rows.facts.push_back(seriesOf(entry)); });
    evidence.object("timed_outputs", [&](const EvidenceReader& failed) {
        FactRow fact;
        fact.kind = FactKind::TimedOutputs;
        fact.size = failed.text("size");
        fact.figure = failed.number("outputs_checked");
        SeriesFacts series;
        series.wrong = failed.number("outputs_wrong").value_or(0);
        series.worstError = failed.number("worst_error");
        fact.state = passedIf(*series.wrong == 0);
        fact.series = std::move(series);
        rows.facts.push_back(std::move(fact));
    });
    if (const auto ratio = evidence.interval("ratio_to_opponent")) {
        FactRow fact;
        fact.kind = FactKind::Ratio;
        fact.figure = ratio->estimate;
        fact.ratio = ratio;
        rows.facts.push_back(std::move(fact));
    }
}

void addNoise(EvidenceRows& rows, const EvidenceReader& evidence)
{
    const auto noise = evidence.interval("noise_floor");
    if (!noise)
        return;
    FactRow fact;
    fact.kind = FactKind::NoiseFloor;
    fact.figure = noise->estimate;
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

void addFaults(EvidenceRows& rows, const EvidenceReader& evidence)
{
    if (const auto fault = evidence.value<Fault>("fault"))
        rows.facts.push_back(faultFact(*fault, {}));
    // On a card, the case that the emulator has found at fault.
    const auto memory = evidence.value<CaseReport>("memory");
    if (!memory || !memory->fault)
        return;
    rows.facts.push_back(faultFact(*memory->fault, memory->size));
    rows.facts.back().text = "on the emulator: " + rows.facts.back().text;
}

void addDiagnostics(EvidenceRows& rows, const EvidenceReader& evidence)
{
    evidence.entries("diagnostics", [&](const nlohmann::json& entry, const std::string& path) {
        try {
            FactRow fact;
            fact.kind = FactKind::Diagnostic;
            fact.diagnostic = entry.get<Diagnostic>();
            fact.text = fact.diagnostic->message;
            if (!fact.diagnostic->code.empty())
                fact.text += fmt::format(" ({})", fact.diagnostic->code);
            if (fact.diagnostic->severity == Diagnostic::Severity::Error)
                fact.state = StepState::Failed;
            rows.facts.push_back(std::move(fact));
        } catch (const nlohmann::json::exception&) {
            addUnreadable(rows, path);
        }
    });
    FactRow log;
    log.text = evidence.text("log");
    if (!log.text.empty())
        rows.facts.push_back(std::move(log));
}

void addNotes(EvidenceRows& rows, const EvidenceReader& evidence)
{
    evidence.entries("notes", [&](const nlohmann::json& note, const std::string& path) {
        if (!note.is_string())
            return addUnreadable(rows, path);
        FactRow fact;
        fact.text = note.get<std::string>();
        rows.facts.push_back(std::move(fact));
    });
}

}  // namespace

FactRow faultFact(const Fault& fault, const std::string& size)
{
    FactRow fact;
    fact.kind = FactKind::Fault;
    fact.state = StepState::Failed;
    fact.size = size;
    fact.buffer = fault.buffer;
    fact.text = fault.message;
    if (!fault.instruction.empty())
        fact.text += fmt::format(" ({})", fault.instruction);
    fact.fault = fault;
    return fact;
}

FactRow noteFact(const RunNote& note, const std::string& size)
{
    FactRow fact;
    fact.size = size;
    fact.text = note.message;
    if (!note.instruction.empty())
        fact.text += fmt::format(" ({})", note.instruction);
    return fact;
}

void addFacts(EvidenceRows& rows, const nlohmann::json& evidence)
{
    const EvidenceReader reader(rows, evidence, {});
    reader.objects("precision", [&](const EvidenceReader& entry) { rows.facts.push_back(precisionOf(entry)); });
    reader.objects("floor", [&](const EvidenceReader& entry) { rows.facts.push_back(floorOf(entry)); });
    addTimedOutputs(rows, reader);
    addNoise(rows, reader);
    addCheckFact(rows, FactKind::Memory, trustCheck::kMemoryChecks);
    addCheckFact(rows, FactKind::Confirmation, trustCheck::kFreshProcess);
    addFaults(rows, reader);
    addDiagnostics(rows, reader);
    addNotes(rows, reader);
}

}  // namespace warploom
