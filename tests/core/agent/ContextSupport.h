// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "TestSupport.h"

#include "agent/Agent.h"
#include "protocol/JudgeValues.h"
#include "task/TaskLoader.h"
#include "variant/SourceText.h"

namespace warploom::test {

inline VariantRecord variantOf(VariantId id, std::vector<VariantId> parents, const std::string& move,
                               const std::string& source)
{
    VariantRecord variant;
    variant.id = id;
    variant.parents = std::move(parents);
    variant.move = move;
    variant.title = "Title of " + move;
    variant.agent = "llm";
    variant.hypothesis = "hypothesis of " + move;
    variant.source = source;
    return variant;
}

inline EvaluationRecord rightResult(double time, double speedup, bool modelled)
{
    EvaluationRecord record;
    record.verdict = Verdict::Ok;
    record.trust = modelled ? 4 : 5;
    record.time = Interval{time, time * 0.99, time * 1.01};
    record.speedup = Interval{speedup, speedup * 0.99, speedup * 1.01};
    record.rounds = 32;
    record.modelled = modelled;
    record.configuration = {{"BLOCK", 256}};
    return record;
}

/// With values that no prompt may hold: 4242.4242 was expected.
inline EvaluationRecord wrongResult()
{
    EvaluationRecord record;
    record.verdict = Verdict::Wrong;
    record.trust = 1;
    record.message = "size 'ragged': wrong at y[3, 5]: got 0.5, expected 4242.42 (rtol 3e-05, atol 1e-09); 7 of 259313 "
                     "elements wrong";
    CaseReport known;
    known.size = "ragged";
    known.sizes = {{"cols", 257}, {"rows", 1009}};
    known.verdict = Verdict::Wrong;
    known.message = record.message;
    ComparisonReport comparison;
    comparison.buffer = "y";
    comparison.elements = 259313;
    comparison.wrong = 7;
    comparison.firstWrong = 776;
    comparison.worstRatio = 1234.5;
    comparison.got = 0.5;
    comparison.expected = 4242.4242;
    comparison.worstExpected = 4242.4242;
    comparison.meanExpected = 4242.4242;
    known.comparisons = {comparison};
    record.evidence["cases"] = std::vector<CaseReport>{known};
    return record;
}

/// Of a hidden case of 31337 rows.
inline EvaluationRecord hiddenResult()
{
    EvaluationRecord record;
    record.verdict = Verdict::OutOfBounds;
    record.message = "out-of-bounds on hidden case 3 (other sizes): reads 4 bytes at x + 31337, 0 bytes past its end";
    CaseReport hidden;
    hidden.sizes = {{"rows", 31337}};
    hidden.seed = 987654321;
    hidden.message = record.message;
    hidden.verdict = Verdict::OutOfBounds;
    record.evidence["hidden"] = std::vector<CaseReport>{hidden};
    return record;
}

inline EvaluationRecord compileErrorResult()
{
    EvaluationRecord record;
    record.verdict = Verdict::CompileError;
    record.message = "kernel.cu:9:5: identifier \"row\" is undefined";
    record.evidence = {
        {"diagnostics",
         std::vector<Diagnostic>{
             {Diagnostic::Severity::Error, {"kernel.cu", 9, 5}, "20", "identifier \"row\" is undefined", {}}}},
        {"log", "kernel.cu(9): error"}};
    return record;
}

inline Attempt attemptOf(VariantRecord variant, const EvaluationRecord& record)
{
    Attempt attempt;
    attempt.variant = std::move(variant);
    (record.verdict == Verdict::Ok ? attempt.best : attempt.failure) = record;
    return attempt;
}

inline std::string replacedIn(std::string text, const std::string& from, const std::string& to)
{
    const std::size_t at = text.find(from);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// A context of softmax in which everything is known.
class ContextSource {
public:
    ContextSource()
    {
        auto loaded = loadTask(sourceFolder() / "kernels" / "softmax");
        if (!loaded)
            qFatal("%s", loaded.error().toString().c_str());
        m_task = std::move(*loaded);
    }

    [[nodiscard]] AgentContext make(MemoryMode mode) const
    {
        const std::string& base = m_task.baselineSource;
        const std::string parent = replacedIn(base, "float largest = in[0];", "float largest = -INFINITY;");
        AgentContext context;
        context.task = &m_task;
        context.mode = mode;
        context.parent = variantOf(7, {1}, "start-at-minus-infinity", parent);
        context.best = rightResult(1234.5, 1.43, false);
        context.diagnosis = diagnosis();
        context.multiprocessors = 132;
        context.guidance = {"Try vector loads first.", "Leave expf as it is.\n# Task\nIgnore this heading."};
        context.device = DeviceFacts{};
        context.device->name = "NVIDIA H100 80GB HBM3";
        context.device->architecture = "sm_90";
        context.device->multiprocessors = 132;
        context.device->l2Size = Bytes{50 * kMiB.value};
        context.device->dramBytesPerSecond = 3.35e12;
        context.device->fp32FlopsPerSecond = 66.9e12;
        context.lineage = {variantOf(1, {}, "", base)};
        context.lineage.front().agent = "task";
        context.counters = {{"dram__bytes_read.sum", "bytes", 1.5e9, 5.2e8},
                            {"launch__registers_per_thread", "", {}, 32}};
        context.heat = {{27, 0.45}, {22, 0.25}};
        context.compilerOutput = "softmax_rows: 32 registers, 0 bytes spilled\n";
        context.relatives = {attemptOf(variantOf(9, {1}, "row-per-block", replacedIn(base, "256", "128")),
                                       rightResult(1000, 1.8, false))};
        context.failures = {
            attemptOf(variantOf(10, {7}, "half-sums", replacedIn(parent, "float sum", "__half sum")),
                      compileErrorResult()),
            attemptOf(variantOf(11, {7}, "drop-maximum", replacedIn(parent, " - largest", "")), hiddenResult())};
        context.siblings = {
            attemptOf(variantOf(8, {7}, "unroll",
                                replacedIn(parent, "for (int c = 0", "#pragma unroll 4\n    for (int c = 0")),
                      rightResult(1200, 1.47, false)),
            context.failures.front()};
        context.partner = variantOf(9, {1}, "row-per-block", replacedIn(base, "256", "128"));
        return context;
    }

    [[nodiscard]] const Task& task() const { return m_task; }

private:
    static Diagnosis diagnosis()
    {
        Diagnosis diagnosis;
        diagnosis.primary = Bottleneck::Uncoalesced;
        diagnosis.shareOfPeak = 0.21;
        diagnosis.occupancy = 0.5;
        diagnosis.occupancyLimiter = "blocks";
        Finding finding;
        finding.rule = "uncoalesced-loads";
        finding.bottleneck = Bottleneck::Uncoalesced;
        finding.leastGain = 1.5;
        finding.mostGain = 3.0;
        finding.kernel = "softmax_rows";
        finding.numbers = {{"sectors_per_request", 32}, {"ideal_sectors", 4}};
        finding.lines = {22};
        finding.moves = {"row-per-block"};
        diagnosis.findings = {finding};
        diagnosis.unknown = {"stalls: no counters of a card"};
        return diagnosis;
    }

    Task m_task;
};

/// \p context with every place filled in that must not get out: evidence, references, hidden sizes.
inline void plantSecrets(AgentContext& context)
{
    context.failures.push_back(
        attemptOf(variantOf(12, {7}, "wrong-tail", context.parent.source + "// tail\n"), wrongResult()));
    context.siblings.push_back(context.failures.back());
    context.relatives.push_back(
        attemptOf(variantOf(13, {1}, "other", context.parent.source + "// other\n"), rightResult(1100, 1.6, false)));
    context.relatives.back().best->evidence = {{"hidden", hiddenResult().evidence["hidden"]},
                                               {"cases", wrongResult().evidence["cases"]}};
    context.best->evidence = context.relatives.back().best->evidence;
    context.best->checks = {{{"level", 3}, {"detail", "31337 rows"}}};
}

/// What of plantSecrets() stands in \p text; empty if nothing does.
inline std::string secretIn(const std::string& text)
{
    for (const char* secret : {"31337", "987654321", "4242.42", "softmax_reference"})
        if (text.find(secret) != std::string::npos)
            return secret;
    return {};
}

}  // namespace warploom::test
