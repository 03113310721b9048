// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/EvidenceRows.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "profiler/EvidenceFacts.h"
#include "profiler/EvidenceReader.h"
#include "protocol/JudgeValues.h"

namespace warploom {

namespace {

/// "y[12, 3]"; "y[1034]" where the shape is not known.
std::string elementName(const Task* task, const CaseReport& report, const ComparisonReport& comparison,
                        std::uint64_t index)
{
    const ExpressionScope scope(report.sizes.begin(), report.sizes.end());
    if (task == nullptr)
        return fmt::format("{}[{}]", comparison.buffer, index);
    for (const TaskBuffer& buffer : task->buffers) {
        const auto count = elementCount(buffer.shape, scope);
        // A later revision of the task may have another shape.
        if (buffer.name != comparison.buffer || !count || *count != comparison.elements)
            continue;
        std::vector<std::uint64_t> coordinates;
        for (auto extent = buffer.shape.rbegin(); extent != buffer.shape.rend(); ++extent) {
            const auto length =
                static_cast<std::uint64_t>(std::max<std::int64_t>(extent->evaluate(scope).value_or(1), 1));
            coordinates.insert(coordinates.begin(), index % length);
            index /= length;
        }
        return fmt::format("{}[{}]", comparison.buffer, fmt::join(coordinates, ", "));
    }
    return fmt::format("{}[{}]", comparison.buffer, index);
}

/// Whether the memory around the outputs and the inputs were whole after the run, as far as it was looked at.
StepState guardsOf(const CaseReport& report)
{
    if (report.verdict == Verdict::OutOfBounds || report.message.find("changes its input") != std::string::npos)
        return StepState::Failed;
    const auto has = [&](std::string_view check) {
        return std::ranges::find(report.checks, check) != report.checks.end();
    };
    return has("stays-inside") && has("inputs-unchanged") ? StepState::Passed : StepState::NotMade;
}

CaseRow caseRow(const CaseReport& report, bool isHidden, int number)
{
    CaseRow row;
    row.isHidden = isHidden;
    row.number = number;
    row.size = report.size;
    for (const auto& [name, extent] : report.sizes)
        row.extents += fmt::format("{}{}={}", row.extents.empty() ? "" : " ", name, extent);
    row.distribution = report.distribution;
    row.seed = report.seed;
    row.verdict = report.verdict;
    row.voidReason = report.voidReason;
    row.message = report.fault && report.message.empty() ? report.fault->message : report.message;
    row.allowed = report.allowedRatio;
    row.checks = report.checks;
    row.guards = guardsOf(report);
    row.bitsDiffer = report.bitsDiffer;
    return row;
}

void addBaseline(CaseRow& row, const CaseReport& report, const std::string& buffer)
{
    const auto beside = std::ranges::find(report.baseline, buffer, &ComparisonReport::buffer);
    if (beside == report.baseline.end())
        return;
    row.baselineError = beside->worstRatio;
    row.baselineHistogram = beside->histogram;
}

void addOutput(CaseRow& row, const CaseReport& report, const ComparisonReport& output, const Task* task)
{
    row.element = elementName(task, report, output, output.wrong > 0 ? output.firstWrong : output.worstIndex);
    row.worstElement = elementName(task, report, output, output.worstIndex);
    row.wrong = output.wrong;
    row.untouched = output.untouched;
    row.got = output.got;
    row.expected = output.expected;
    row.error = output.worstRatio;
    row.worstGot = output.worstGot;
    row.worstExpected = output.worstExpected;
    row.largestError = output.largestError;
    row.histogram = output.histogram;
}

void addCase(EvidenceRows& rows, const CaseReport& report, const Task* task, bool isHidden, int number)
{
    if (report.fault)
        rows.facts.push_back(faultFact(*report.fault, report.size));
    for (const RunNote& note : report.notes)
        rows.facts.push_back(noteFact(note, report.size));
    const CaseRow row = caseRow(report, isHidden, number);
    // A void case was not run with the candidate; it shows what the baseline did.
    const auto& outputs = report.comparisons.empty() ? report.baseline : report.comparisons;
    if (outputs.empty())
        rows.cases.push_back(row);
    for (const ComparisonReport& output : outputs) {
        CaseRow compared = row;
        compared.buffer = output.buffer;
        compared.elements = output.elements;
        if (!report.comparisons.empty())
            addOutput(compared, report, output, task);
        addBaseline(compared, report, output.buffer);
        rows.cases.push_back(std::move(compared));
    }
}

void addCases(EvidenceRows& rows, const nlohmann::json& evidence, const char* name, const Task* task)
{
    int number = 0;
    EvidenceReader(rows, evidence, {}).entries(name, [&](const nlohmann::json& report, const std::string& path) {
        ++number;
        try {
            addCase(rows, report.get<CaseReport>(), task, std::string_view(name) == "hidden", number);
        } catch (const nlohmann::json::exception&) {
            addUnreadable(rows, path);
        }
    });
}

StepState stateOf(const EvidenceReader& check)
{
    constexpr std::array<std::string_view, 4> kNames{"passed", "failed", "pending", "not-applicable"};
    const std::string state = check.text("state");
    const auto found = std::ranges::find(kNames, state);
    if (found != kNames.end())
        return static_cast<StepState>(found - kNames.begin());
    // Before there were states a check had passed, or it had not: not made was not told from failed.
    return check.flag("passed").value_or(false) ? StepState::Passed : StepState::Failed;
}

StepState worstOf(const std::vector<CheckRow>& checks)
{
    for (const StepState state : {StepState::Failed, StepState::Pending, StepState::NotApplicable, StepState::Passed})
        if (std::ranges::find(checks, state, &CheckRow::state) != checks.end())
            return state;
    return StepState::NotMade;
}

void addChecks(EvidenceRows& rows, const nlohmann::json& checks)
{
    forEachEntry(rows, checks, "checks", [&](const nlohmann::json& entry, const std::string& path) {
        const auto level = entry.is_object() ? entry.find("level") : entry.end();
        const double number = level != entry.end() && level->is_number() ? level->get<double>() : -1;
        if (!(number >= 0 && number < kTrustLevels))
            return addUnreadable(rows, path);
        const EvidenceReader check(rows, entry, path);
        auto& step = rows.steps[static_cast<std::size_t>(number)];
        step.checks.push_back({check.text("check"), stateOf(check), check.text("detail")});
        rows.hasChecks = true;
    });
    for (StepRow& step : rows.steps)
        step.state = worstOf(step.checks);
    while (rows.reached + 1 < kTrustLevels
           && rows.steps[static_cast<std::size_t>(rows.reached + 1)].state == StepState::Passed)
        ++rows.reached;
}

}  // namespace

int EvidenceRows::levelToShow() const
{
    for (const StepState state : {StepState::Failed, StepState::Pending}) {
        const auto found = std::ranges::find(steps, state, &StepRow::state);
        if (found != steps.end())
            return static_cast<int>(found - steps.begin());
    }
    return std::max(0, reached);
}

EvidenceRows evidenceRows(const EvaluationRecord& evaluation, const Task* task)
{
    EvidenceRows rows;
    addChecks(rows, evaluation.checks);
    if (evaluation.evidence.is_object()) {
        addCases(rows, evaluation.evidence, "cases", task);
        addCases(rows, evaluation.evidence, "hidden", task);
        addFacts(rows, evaluation.evidence);
    } else if (!evaluation.evidence.is_null()) {
        addUnreadable(rows, "evidence");
    }
    return rows;
}

}  // namespace warploom
