// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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

/// As a card would leave it: two outputs, a void case, an error that is not a number, precision, floor, a pending
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
    CaseReport odd = known;
    odd.size = "cols=7 rows=3";
    odd.sizes = {{"cols", 7}, {"rows", 3}};
    odd.seed = 874'526'375'624'620;
    odd.distribution = "special";
    odd.allowedRatio = 2;
    odd.comparisons = {comparison("y", std::numeric_limits<double>::quiet_NaN(), 15)};
    CaseReport voided = odd;
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
    record.evidence["timing"] = {{{"size", "wide"}, {"rounds", 32}, {"outputs_checked", 8}},
                                 {{"size", "narrow"}, {"rounds", 32}}};
    record.evidence["noise_floor"] = 0.0031;
    record.evidence["notes"] = nlohmann::json::array({"another process uses the card"});
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
