// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mcp/EvaluationView.h"

#include <cmath>

#include <fmt/format.h>

#include "protocol/CompileProduct.h"
#include "protocol/JudgeValues.h"

namespace warploom {

namespace {

constexpr std::size_t kDiagnosticsShown = 20;
constexpr std::size_t kLogShown = 4000;

std::string threeDigitsOf(double value)
{
    const double size = std::abs(value);
    return fmt::format("{:.{}f}", value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

nlohmann::json placeView(const SourcePlace& place)
{
    nlohmann::json view = nlohmann::json::object();
    if (place.line > 0)
        view["line"] = place.line;
    if (place.column > 0)
        view["column"] = place.column;
    return view;
}

nlohmann::json faultView(const Fault& fault)
{
    nlohmann::json view{{"message", fault.message}};
    view.update(placeView(fault.place));
    if (!fault.buffer.empty())
        view["buffer"] = fault.buffer;
    if (!fault.instruction.empty())
        view["instruction"] = fault.instruction;
    if (!fault.block.empty())
        view["block"] = fault.block;
    if (!fault.thread.empty())
        view["thread"] = fault.thread;
    if (!fault.deviceError.empty())
        view["device_error"] = fault.deviceError;
    return view;
}

nlohmann::json comparisonView(const nlohmann::json& report)
{
    nlohmann::json view = nlohmann::json::object();
    for (const char* name : {"buffer", "elements", "wrong", "untouched", "first_wrong", "got", "expected",
                             "worst_index", "worst_got", "worst_expected", "worst_ratio"}) {
        if (report.contains(name))
            view[name] = report.at(name);
    }
    return view;
}

/// The first of the known cases that was not right.
nlohmann::json failedCase(const EvaluationRecord& record)
{
    for (const auto& known : record.evidence.value("cases", nlohmann::json::array())) {
        if (known.value("verdict", "ok") == "ok")
            continue;
        nlohmann::json view{{"size", known.value("size", "")},
                            {"sizes", known.value("sizes", nlohmann::json::object())},
                            {"verdict", known.value("verdict", "")},
                            {"message", known.value("message", "")}};
        auto outputs = nlohmann::json::array();
        for (const auto& report : known.value("comparisons", nlohmann::json::array()))
            outputs.push_back(comparisonView(report));
        view["outputs"] = std::move(outputs);
        if (const auto fault = known.find("fault"); fault != known.end())
            view["fault"] = faultView(fault->get<Fault>());
        return view;
    }
    return nullptr;
}

nlohmann::json kernelsView(const EvaluationRecord& record)
{
    auto kernels = nlohmann::json::array();
    for (const auto& json : record.resources) {
        const auto kernel = json.get<KernelResources>();
        kernels.push_back({{"kernel", kernel.name},
                           {"registers_per_thread", kernel.registers},
                           {"static_shared_bytes", kernel.sharedBytes},
                           {"spill_bytes", kernel.spillLoadBytes + kernel.spillStoreBytes},
                           {"stack_bytes", kernel.stackBytes}});
    }
    return kernels;
}

const char* severityName(Diagnostic::Severity severity)
{
    return severity == Diagnostic::Severity::Error  ? "error"
        : severity == Diagnostic::Severity::Warning ? "warning"
                                                    : "remark";
}

nlohmann::json diagnosticsView(const EvaluationRecord& record)
{
    auto diagnostics = nlohmann::json::array();
    for (const auto& json : record.evidence.value("diagnostics", nlohmann::json::array())) {
        if (diagnostics.size() == kDiagnosticsShown)
            break;
        const auto diagnostic = json.get<Diagnostic>();
        nlohmann::json view{{"severity", severityName(diagnostic.severity)}, {"message", diagnostic.message}};
        view.update(placeView(diagnostic.place));
        diagnostics.push_back(std::move(view));
    }
    return diagnostics;
}

}  // namespace

std::string microsecondsText(double microseconds)
{
    if (microseconds < 1)
        return threeDigitsOf(microseconds * 1000) + " ns";
    if (microseconds < 1000)
        return threeDigitsOf(microseconds) + " µs";
    if (microseconds < 1e6)
        return threeDigitsOf(microseconds / 1000) + " ms";
    return threeDigitsOf(microseconds / 1e6) + " s";
}

std::string configurationWords(const Configuration& configuration)
{
    std::string words;
    for (const auto& [name, value] : configuration)
        words += fmt::format("{}{}={}", words.empty() ? "" : " ", name, value);
    return words;
}

nlohmann::json intervalView(const Interval& interval, bool isModelled)
{
    return {{"estimate", interval.estimate},
            {"low", interval.low},
            {"high", interval.high},
            {"kind", isModelled ? "modelled" : "measured"}};
}

nlohmann::json evaluationView(const EvaluationRecord& record)
{
    nlohmann::json view{
        {"verdict", verdictName(record.verdict)}, {"trust", record.trust},          {"message", record.message},
        {"configuration", record.configuration},  {"kernels", kernelsView(record)}, {"seconds", record.costSeconds}};
    auto checks = nlohmann::json::array();
    for (const auto& check : record.checks)
        checks.push_back({{"level", check.value("level", 0)},
                          {"check", check.value("check", "")},
                          {"state", check.value("state", "")},
                          {"detail", check.value("detail", "")}});
    view["checks"] = std::move(checks);
    if (record.time)
        view["time_us"] = intervalView(*record.time, record.modelled);
    if (record.speedup)
        view["speedup_over_baseline"] = intervalView(*record.speedup, record.modelled);
    if (record.time && !record.modelled)
        view["timing"] = {{"rounds", record.rounds}, {"l2", record.cold ? "cold" : "hot"}};
    if (record.verdict == Verdict::Ok && !record.modelled)
        view["provisional"] = record.provisional;
    if (auto diagnostics = diagnosticsView(record); !diagnostics.empty())
        view["diagnostics"] = std::move(diagnostics);
    if (record.verdict == Verdict::CompileError && record.evidence.contains("log"))
        view["compiler_log"] = record.evidence.value("log", "").substr(0, kLogShown);
    if (auto failed = failedCase(record); !failed.is_null())
        view["failed_case"] = std::move(failed);
    if (const auto fault = record.evidence.find("fault"); fault != record.evidence.end() && fault->is_object())
        view["fault"] = faultView(fault->get<Fault>());
    if (const auto notes = record.evidence.find("notes"); notes != record.evidence.end())
        view["notes"] = *notes;
    return view;
}

std::string figuresLine(const EvaluationRecord& record)
{
    std::string line;
    if (record.speedup)
        line = record.modelled ? fmt::format("{}× over the baseline, modelled", threeDigitsOf(record.speedup->estimate))
                               : fmt::format("{}× over the baseline [{}, {}]", threeDigitsOf(record.speedup->estimate),
                                             threeDigitsOf(record.speedup->low), threeDigitsOf(record.speedup->high));
    if (!record.time)
        return line.empty() ? "not timed" : line;
    if (!line.empty())
        line += ", ";
    if (record.modelled)
        return line + microsecondsText(record.time->estimate) + ", modelled";
    return line
        + fmt::format("{} [{}, {}], {}, {} rounds", microsecondsText(record.time->estimate),
                      microsecondsText(record.time->low), microsecondsText(record.time->high),
                      record.cold ? "cold" : "hot", record.rounds);
}

std::string evaluationText(const EvaluationRecord& record)
{
    const nlohmann::json view = evaluationView(record);
    std::string text = fmt::format("{} (trust {} of 6{})\n", verdictName(record.verdict), record.trust,
                                   record.modelled ? ", on the emulator: times are modelled, not measured" : "");
    if (record.time || record.speedup)
        text += figuresLine(record) + "\n";
    if (!record.message.empty())
        text += record.message + "\n";
    for (const auto& diagnostic : view.value("diagnostics", nlohmann::json::array()))
        text += fmt::format("line {}: {}: {}\n", diagnostic.value("line", 0), diagnostic.value("severity", ""),
                            diagnostic.value("message", ""));
    const auto failed = view.value("failed_case", nlohmann::json::object());
    for (const auto& output : failed.value("outputs", nlohmann::json::array())) {
        if (output.value("wrong", 0) > 0)
            text += fmt::format("{}: {} of {} elements are wrong; [{}] is {}, expected {}\n",
                                output.value("buffer", ""), output.value("wrong", 0), output.value("elements", 0),
                                output.value("first_wrong", 0), output.at("got").dump(), output.at("expected").dump());
    }
    for (const auto& check : view.at("checks")) {
        if (check.value("state", "") == "failed" && check.value("detail", "") != record.message)
            text += fmt::format("failed: {}: {}\n", check.value("check", ""), check.value("detail", ""));
    }
    if (const std::string words = configurationWords(record.configuration); !words.empty())
        text += "configuration: " + words + "\n";
    return text;
}

}  // namespace warploom
