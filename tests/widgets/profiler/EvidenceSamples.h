// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>

#include "TestSupport.h"
#include "evaluate/TrustChecks.h"
#include "protocol/JudgeValues.h"
#include "protocol/Records.h"

namespace warploom::test {

/// What `warploom-cli check --json` has said of softmax on the emulator; the counters are left out.
inline EvaluationRecord recordedEvaluation(const std::string& name)
{
    const auto json =
        nlohmann::json::parse(readFile(sourceFolder() / "tests" / "widgets" / "profiler" / "data" / (name + ".json")));
    EvaluationRecord record;
    record.verdict = verdictFromName(json.at("verdict").get<std::string>()).value();
    record.trust = json.at("trust").get<int>();
    record.message = json.at("message").get<std::string>();
    record.modelled = json.at("modelled").get<bool>();
    record.checks = json.at("checks");
    record.evidence = json.at("evidence");
    return record;
}

inline ComparisonReport comparison(const std::string& buffer, double worstRatio, std::size_t bin)
{
    ComparisonReport report;
    report.buffer = buffer;
    report.elements = 1000;
    report.worstRatio = worstRatio;
    report.worstIndex = 42;
    report.got = 1.00000012;
    report.expected = 1;
    report.histogram[bin] = 990;
    report.histogram[0] = 10;
    return report;
}

/// Of elements that are not a number, whose error is infinite.
inline ComparisonReport notFinite(const std::string& buffer)
{
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    ComparisonReport report = comparison(buffer, kInfinity, 14);
    report.wrong = 990;
    report.firstWrong = 3;
    report.largestError = kInfinity;
    report.got = std::numeric_limits<double>::quiet_NaN();
    return report;
}

/// As a card would leave it: two outputs, a void case, an error that is not finite, precision, floor, a pending
/// confirmation, notes.
inline EvaluationRecord cardEvaluation()
{
    EvaluationRecord record;
    record.verdict = Verdict::Ok;
    record.provisional = true;
    addCheck(record, 0, trustCheck::kCompiled, CheckState::Passed, "NVRTC 13.0");
    addCheck(record, 1, trustCheck::kRan, CheckState::Passed);
    addCheck(record, 2, trustCheck::kKnownFills, CheckState::Passed);
    addCheck(record, 3, trustCheck::kTrivial, CheckState::Passed);
    addCheck(record, 3, trustCheck::kHiddenCases, CheckState::Passed, "3 cases, 1 void");
    addCheck(record, 4, trustCheck::kSurroundings, CheckState::Passed);
    addCheck(record, 4, trustCheck::kPrecision, CheckState::Passed);
    addCheck(record, 5, trustCheck::kTimedOutputs, CheckState::Passed, "8 looked at");
    addCheck(record, 5, trustCheck::kFloor, CheckState::Passed);
    addCheck(record, 5, trustCheck::kFreshProcess, CheckState::Pending);
    addCheck(record, 6, trustCheck::kMemoryChecks, CheckState::Pending, "the task has no size for the emulator");
    CaseReport known;
    known.size = "wide";
    known.sizes = {{"cols", 100}, {"rows", 10}};
    known.seed = 1;
    known.comparisons = {comparison("y", 0.25, 6), comparison("z", 0.5, 7)};
    known.baseline = {comparison("y", 0.125, 5)};
    known.checks = {"ran", "wrote-every-element", "right", "repeats", "inputs-unchanged", "stays-inside"};
    known.bitsDiffer = true;
    CaseReport odd = known;
    odd.size = "cols=7 rows=3";
    odd.sizes = {{"cols", 7}, {"rows", 3}};
    odd.seed = 874'526'375'624'620;
    odd.distribution = "special";
    odd.allowedRatio = 2;
    CaseReport voided = odd;
    voided.checks.clear();
    voided.bitsDiffer = false;
    odd = voided;
    odd.verdict = Verdict::Wrong;
    odd.message = "wrong at y[3]: got nan, expected 1 (rtol 3e-05, atol 1e-09); 990 of 1000 elements wrong";
    odd.comparisons = {notFinite("y")};
    voided.distribution = "large";
    voided.voidReason = "the baseline is off by 31.5 tolerances, which proves nothing of a candidate";
    voided.comparisons.clear();
    voided.baseline = {comparison("y", 31.5, 9)};
    record.evidence["cases"] = std::vector<CaseReport>{known};
    record.evidence["hidden"] = std::vector<CaseReport>{odd, voided};
    record.evidence["precision"] = {
        {{"size", "wide"}, {"buffer", "y"}, {"error", 0.0141}, {"baseline_error", 0.0125}, {"allowed", 0.2}},
        {{"size", "wide"}, {"buffer", "z"}, {"error", 0.3}, {"baseline_error", 0.0125}, {"allowed", 0.2}}};
    record.evidence["floor"] = nlohmann::json::array({{{"size", "wide"},
                                                       {"time_us", 402.0},
                                                       {"floor_us", 298.4},
                                                       {"memory_us", 314.1},
                                                       {"arithmetic_us", 9.8},
                                                       {"unit", "f32"},
                                                       {"possible", true}}});
    record.evidence["timing"] = {{{"size", "wide"},
                                  {"rounds", 32},
                                  {"decision", "faster"},
                                  {"ratio", {1.5, 1.49, 1.51}},
                                  {"cold", true},
                                  {"copies", 4},
                                  {"launches", 12},
                                  {"outputs_checked", 8},
                                  {"worst_error", 0.31}},
                                 {{"size", "narrow"}, {"rounds", 32}}};
    record.evidence["ratio_to_opponent"] = {1.5, 1.49, 1.51};
    record.evidence["noise_floor"] = 0.0031;
    record.evidence["notes"] = nlohmann::json::array({"another process uses the card"});
    return record;
}

/// Two outputs at one known size, of which the second is wrong.
inline EvaluationRecord twoOutputsEvaluation()
{
    EvaluationRecord record;
    record.verdict = Verdict::Wrong;
    addCheck(record, 0, trustCheck::kCompiled, CheckState::Passed);
    addCheck(record, 1, trustCheck::kRan, CheckState::Passed);
    addCheck(record, 2, trustCheck::kKnownFills, CheckState::Failed);
    ComparisonReport wrong = comparison("z", 3, 8);
    wrong.wrong = 990;
    wrong.untouched = 2;
    wrong.firstWrong = 7;
    wrong.largestError = 0.0625;
    wrong.got = 9'007'199'254'740'991.0;
    wrong.expected = 9'007'199'254'740'990.0;
    wrong.worstGot = 0.5;
    wrong.worstExpected = 0.25;
    CaseReport known;
    known.size = "wide";
    known.seed = 1;
    known.verdict = Verdict::Wrong;
    known.comparisons = {comparison("y", 0.5, 7), wrong};
    record.evidence["cases"] = std::vector<CaseReport>{known};
    return record;
}

inline Fault boundsFault()
{
    Fault fault;
    fault.verdict = Verdict::OutOfBounds;
    fault.message = "reads 4 bytes past the end of x";
    fault.place = {"kernel.cu", 12, 5};
    fault.instruction = "ld.global.f32";
    fault.buffer = "x";
    fault.byteOffset = 4096;
    fault.block = {1, 0, 0};
    fault.thread = {31, 0, 0};
    fault.deviceError = "CUDA_ERROR_ILLEGAL_ADDRESS";
    return fault;
}

/// A fault wherever there may be one: of a known and a hidden case, of the emulator, of what was timed.
inline EvaluationRecord faultyEvaluation()
{
    EvaluationRecord record;
    record.verdict = Verdict::OutOfBounds;
    CaseReport report;
    report.size = "wide";
    report.verdict = Verdict::OutOfBounds;
    report.message = boundsFault().message;
    report.fault = boundsFault();
    record.evidence["cases"] = std::vector<CaseReport>{report};
    report.size = "cols=7 rows=3";
    record.evidence["hidden"] = std::vector<CaseReport>{report};
    report.size = "emulator";
    record.evidence["memory"] = report;
    record.evidence["fault"] = boundsFault();
    return record;
}

inline EvaluationRecord compileErrorEvaluation()
{
    EvaluationRecord record;
    record.verdict = Verdict::CompileError;
    record.message = "kernel.cu:3:9: expected a ';'";
    addCheck(record, 0, trustCheck::kCompiled, CheckState::Failed, record.message);
    Diagnostic error;
    error.place = {"kernel.cu", 3, 9};
    error.message = "expected a ';'";
    Diagnostic warning;
    warning.severity = Diagnostic::Severity::Warning;
    warning.place = {"kernel.cu", 2, 7};
    warning.code = "177-D";
    warning.message = "variable \"i\" was declared but never referenced";
    record.evidence["diagnostics"] = std::vector<Diagnostic>{error, warning};
    record.evidence["log"] = "kernel.cu(3): error: expected a ';'\n1 error detected";
    return record;
}

/// Of a workspace from before states, hidden cases, precision and floors.
inline EvaluationRecord oldEvaluation()
{
    EvaluationRecord record;
    record.verdict = Verdict::Wrong;
    record.trust = 1;
    record.message = "size 'wide': wrong at y[0, 0]: got 0.000114455, expected 4.69153e-05";
    record.checks = {{{"level", 0}, {"check", "compiled"}, {"passed", true}},
                     {{"level", 1}, {"check", "ran, wrote every element"}, {"passed", true}, {"detail", ""}},
                     {{"level", 2}, {"check", "right on every size with known fills"}, {"passed", false}}};
    record.evidence = nlohmann::json::parse(R"({"cases": [{"size": "wide", "seed": 1, "verdict": "wrong", "comparisons":
        [{"buffer": "y", "elements": 1000, "wrong": 7, "worst_ratio": 12.5}]}]})");
    return record;
}

}  // namespace warploom::test
