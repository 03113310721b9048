// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "FuzzInput.h"
#include "compile/OutcomeJson.h"
#include "engine/AgentChoice.h"
#include "engine/KeyHandover.h"
#include "engine/RunValues.h"
#include "engine/Workbench.h"
#include "measure/RunnerMessages.h"
#include "protocol/AgentRequest.h"
#include "protocol/BoundedJson.h"
#include "protocol/DeviceFacts.h"
#include "protocol/JudgeValues.h"
#include "protocol/KernelSketch.h"
#include "protocol/MoveValues.h"
#include "protocol/Records.h"

namespace {

using namespace warploom;
using nlohmann::json;

/// Reads a value, writes it, reads it again: the second writing equals the first.
template <typename T>
void throughReader(const json& input)
{
    const json first = input.get<T>();
    const std::string text = writeJson(first);
    const auto parsed = parseJson(text);
    fuzz::require(parsed.has_value(), "a value's JSON can be read");
    const json second = parsed->get<T>();
    fuzz::require(writeJson(second) == text, "a value that was read twice is the same");
}

template <typename T, Result<T> (*reader)(const json&)>
void throughResult(const json& input)
{
    const auto value = reader(input);
    if (!value)
        return;
    const std::string text = writeJson(json(*value));
    const auto again = reader(parseJson(text).value());
    fuzz::require(again && writeJson(json(*again)) == text, "a value that was read twice is the same");
}

void throughSteps(const json& input)
{
    const auto steps = stepsFromJson(input);
    if (steps)
        fuzz::require(stepsFromJson(stepsToJson(*steps)).has_value(), "steps can be read again");
}

void throughOutcome(const json& input)
{
    const auto outcome = outcomeFromJson(input);
    if (outcome)
        fuzz::require(outcomeFromJson(outcomeToJson(*outcome)).has_value(), "an outcome can be read again");
}

void throughHandover(const json& input)
{
    const auto handover = keyHandoverFromJson(input);
    if (!handover)
        return;
    const auto again = keyHandoverFromJson(keyHandoverToJson(*handover));
    fuzz::require(again && again->keys == handover->keys && again->forgotten == handover->forgotten,
                  "keys that were handed over twice are the same");
}

struct Reader {
    std::string_view name;
    void (*read)(const json&);
};

constexpr std::array kReaders{
    Reader{"CaseReport", throughReader<CaseReport>},
    Reader{"TimingReport", throughReader<TimingReport>},
    Reader{"ModelReport", throughReader<ModelReport>},
    Reader{"CandidateSpec", throughReader<CandidateSpec>},
    Reader{"CompileRequest", throughReader<CompileRequest>},
    Reader{"CompileOutcome", throughOutcome},
    Reader{"DeviceFacts", throughReader<DeviceFacts>},
    Reader{"DeviceSteps", throughSteps},
    Reader{"RunOutcome", [](const json& input) { static_cast<void>(outcomeToJson(runOutcomeFromJson(input))); }},
    Reader{"TimingOutcome", [](const json& input) { static_cast<void>(outcomeToJson(timingOutcomeFromJson(input))); }},
    Reader{"TaskRecord", throughReader<TaskRecord>},
    Reader{"EnvironmentRecord", throughReader<EnvironmentRecord>},
    Reader{"RunRecord", throughReader<RunRecord>},
    Reader{"VariantRecord", throughReader<VariantRecord>},
    Reader{"EvaluationRecord", throughReader<EvaluationRecord>},
    Reader{"ExperienceRecord", throughReader<ExperienceRecord>},
    Reader{"EventRecord", throughReader<EventRecord>},
    Reader{"RunSettings", throughReader<RunSettings>},
    Reader{"RunProgress", throughReader<RunProgress>},
    Reader{"RunChanges", throughReader<RunChanges>},
    Reader{"AgentChoice", throughReader<AgentChoice>},
    Reader{"KeyHandover", throughHandover},
    Reader{"Command", throughResult<Command, commandFromJson>},
    Reader{"AskOrder", throughReader<AskOrder>},
    Reader{"AgentRequest", throughReader<AgentRequest>},
    Reader{"SourceOrder", throughReader<SourceOrder>},
    Reader{"CompileReport", throughReader<CompileReport>},
    Reader{"MoveRequest", throughResult<MoveRequest, moveRequestFromJson>},
    Reader{"KernelSketches", throughResult<std::vector<KernelSketch>, kernelSketchesFromJson>},
};

}  // namespace

/// The first line names the value ("CaseReport"), the rest is its JSON.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view text = fuzz::textOf(data, size);
    const std::string_view name = fuzz::takeLine(text);
    const auto input = parseJson(text);
    if (!input)
        return 0;
    for (const Reader& reader : kReaders) {
        if (!name.starts_with(reader.name))
            continue;
        try {
            reader.read(*input);
        } catch (const json::exception&) {
            // How such a reader refuses: its callers turn it into an Error.
        }
    }
    return 0;
}
