// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/prompt/AttemptText.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "agent/prompt/PromptText.h"
#include "analysis/Rule.h"
#include "protocol/BoundedJson.h"
#include "protocol/CompileProduct.h"
#include "protocol/JudgeValues.h"

namespace warploom {

namespace {

constexpr std::size_t kLongestMessage = 600;
constexpr std::size_t kLongestTitleShown = 120;
constexpr std::size_t kLongestLog = 3000;
constexpr std::size_t kMostDiagnostics = 8;
constexpr std::size_t kMostRelatedLines = 2;

/// Numbers of a hidden case would give its sizes away.
std::string withoutNumbers(std::string_view text)
{
    std::string masked;
    for (const char c : text)
        if (c < '0' || c > '9')
            masked += c;
        else if (masked.empty() || masked.back() != '#')
            masked += '#';
    return masked;
}

/// "wrong on hidden case 3 (large inputs)", and why as far as it holds no numbers.
std::string withoutHiddenCase(const std::string& message)
{
    constexpr std::string_view kHidden = " on hidden case ";
    const std::size_t hidden = message.find(kHidden);
    if (hidden == std::string::npos)
        return message;
    const std::size_t end = std::min(message.find(')', hidden), message.size() - 1) + 1;
    return message.substr(0, end) + withoutNumbers(std::string_view(message).substr(end));
}

bool beginsNumber(std::string_view text)
{
    return !text.empty()
        && ((text.front() >= '0' && text.front() <= '9') || text.front() == '-' || text.starts_with("nan")
            || text.starts_with("inf"));
}

/// Without ", expected 1.5": the compiler's "expected a \";\"" stays.
std::string withoutExpectedValues(std::string message)
{
    constexpr std::string_view kExpected = ", expected ";
    for (std::size_t at = message.find(kExpected); at != std::string::npos; at = message.find(kExpected, at)) {
        const std::size_t value = at + kExpected.size();
        if (!beginsNumber(std::string_view(message).substr(value))) {
            at = value;
            continue;
        }
        message.erase(at, std::min(message.find_first_of(" ;,)", value), message.size()) - at);
    }
    return message;
}

std::string tellable(const std::string& message)
{
    return onOneLine(withoutExpectedValues(withoutHiddenCase(message)), kLongestMessage);
}

std::string diagnosticText(const Diagnostic& diagnostic, const std::string& source)
{
    std::string text = fmt::format("- {}: {}", placeText(source, diagnostic.place.line),
                                   onOneLine(diagnostic.message, kLongestMessage));
    for (std::size_t i = 0; i < std::min(diagnostic.related.size(), kMostRelatedLines); ++i)
        text += fmt::format("\n  {}", onOneLine(diagnostic.related[i], kLongestMessage));
    return text;
}

std::string compileEvidence(const nlohmann::json& evidence, const std::string& source)
{
    std::string text;
    const auto list = valueFromJson<std::vector<Diagnostic>>(evidence.value("diagnostics", nlohmann::json::array()));
    for (std::size_t i = 0; list && i < std::min(list->size(), kMostDiagnostics); ++i)
        text += fmt::format("{}{}", text.empty() ? "" : "\n", diagnosticText((*list)[i], source));
    const auto log = evidence.find("log");
    if (text.empty() && log != evidence.end() && log->is_string())
        text = fenced(beginningOf(log->get_ref<const std::string&>(), kLongestLog), "text");
    return text;
}

std::string faultText(const Fault& fault, const std::string& source)
{
    std::string text = fmt::format("- {}", tellable(fault.message));
    if (fault.place.line > 0)
        text += fmt::format("\n  at {}", placeText(source, fault.place.line));
    if (!fault.instruction.empty())
        text += fmt::format("\n  instruction {}", onOneLine(fault.instruction, kLongestMessage));
    if (!fault.buffer.empty())
        text += fmt::format("\n  buffer {}", onOneLine(fault.buffer, kLongestTitleShown));
    if (!fault.block.empty() && !fault.thread.empty())
        text +=
            fmt::format("\n  by block ({}), thread ({})", fmt::join(fault.block, ", "), fmt::join(fault.thread, ", "));
    return text;
}

std::string comparisonText(const ComparisonReport& report)
{
    std::string text = fmt::format("- output {}: {} of {} elements wrong, the first at index {}", report.buffer,
                                   report.wrong, report.elements, report.firstWrong);
    if (report.untouched > 0)
        text += fmt::format("; {} were never written", report.untouched);
    if (report.histogram.back() > 0)
        text += fmt::format("; {} are not a number", report.histogram.back());
    if (std::isfinite(report.worstRatio))
        text += fmt::format("; the largest error is {:.3g} times the tolerance", report.worstRatio);
    return text;
}

/// Of a case with known inputs; hidden ones are never looked at here.
std::string caseText(const CaseReport& report, const std::string& source)
{
    std::vector<std::string> sizes;
    for (const auto& [name, value] : report.sizes)
        sizes.push_back(fmt::format("{} = {}", name, value));
    std::string text = fmt::format("Size '{}' ({}):", report.size, fmt::join(sizes, ", "));
    if (report.fault)
        text += "\n" + faultText(*report.fault, source);
    for (const ComparisonReport& comparison : report.comparisons)
        if (comparison.wrong > 0 || comparison.untouched > 0)
            text += "\n" + comparisonText(comparison);
    return text;
}

std::string casesEvidence(const nlohmann::json& evidence, const std::string& source)
{
    const auto reports = valueFromJson<std::vector<CaseReport>>(evidence.value("cases", nlohmann::json::array()));
    if (reports)
        for (const CaseReport& report : *reports)
            if (report.verdict != Verdict::Ok)
                return caseText(report, source);
    const auto memory = evidence.find("memory");
    const auto report = memory == evidence.end() ? Result<CaseReport>(fail(ErrorCode::NotFound, ""))
                                                 : valueFromJson<CaseReport>(*memory);
    return report ? caseText(*report, source) : std::string();
}

std::string nameOfMove(const VariantRecord& variant)
{
    return !variant.move.empty() ? variant.move : variant.agent == "task" ? "baseline" : "unnamed";
}

}  // namespace

std::string tellableMessage(const EvaluationRecord& record) { return tellable(record.message); }

std::string evidenceText(const EvaluationRecord& record, const std::string& source)
{
    if (!record.evidence.is_object())
        return {};
    for (std::string text : {compileEvidence(record.evidence, source), casesEvidence(record.evidence, source)})
        if (!text.empty())
            return text;
    const auto fault = record.evidence.find("fault");
    const auto value =
        fault == record.evidence.end() ? Result<Fault>(fail(ErrorCode::NotFound, "")) : valueFromJson<Fault>(*fault);
    return value ? faultText(*value, source) : std::string();
}

std::string outcomeText(const EvaluationRecord& record)
{
    std::string text(verdictName(record.verdict));
    if (record.verdict != Verdict::Ok)
        return record.message.empty() ? text : fmt::format("{}: {}", text, tellableMessage(record));
    if (record.time)
        text += fmt::format(", {} {}", timeText(*record.time), record.modelled ? "modelled" : "measured");
    if (record.speedup)
        text += fmt::format(", {} the baseline's speed", ratioText(*record.speedup));
    return text;
}

std::string variantName(const VariantRecord& variant)
{
    return fmt::format("#{} {} “{}” by {}", variant.id, nameOfMove(variant),
                       onOneLine(variant.title, kLongestTitleShown), variant.agent);
}

std::string attemptLine(const Attempt& attempt)
{
    const auto& record = attempt.best ? attempt.best : attempt.failure;
    return fmt::format("{}: {}", variantName(attempt.variant), record ? outcomeText(*record) : "not evaluated yet");
}

}  // namespace warploom
