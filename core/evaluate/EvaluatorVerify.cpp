// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/Random.h"
#include "evaluate/EvaluatorParts.h"
#include "evaluate/HiddenCases.h"
#include "evaluate/PhysicsFloor.h"
#include "evaluate/PrecisionLimit.h"
#include "evaluate/TrustChecks.h"

namespace warploom {

// The verifying half of the ladder: known fills, hidden cases, precision, and what times must not be.

namespace {

constexpr std::uint64_t kKnownSeed = 1;
/// Fewer cases that count than this are no proof.
constexpr int kLeastHiddenCases = 3;
constexpr std::size_t kAuditedCases = 3;

bool hasRun(Verdict verdict)
{
    return verdict == Verdict::Ok || verdict == Verdict::Wrong || verdict == Verdict::Nondeterministic;
}

/// No candidate takes part in an audit: a judge that is lost over one says nothing about any.
Error auditFailure(Error error)
{
    if (error.code != ErrorCode::ProcessFailed && error.code != ErrorCode::Timeout)
        return error;
    error.code = ErrorCode::DeviceFailed;
    error.message = fmt::format("the judge was lost while it audited the baseline: {}", error.message);
    return error;
}

CheckState stateOf(bool passed) { return passed ? CheckState::Passed : CheckState::Failed; }

/// Agents read messages: this one gives neither sizes nor values away.
std::string hiddenMessage(const CaseReport& report, std::size_t number)
{
    std::uint64_t wrong = 0;
    std::uint64_t elements = 0;
    for (const ComparisonReport& comparison : report.comparisons) {
        wrong += comparison.wrong;
        elements += comparison.elements;
    }
    const std::string what = report.distribution == "declared" ? "other sizes" : report.distribution + " inputs";
    if (report.verdict == Verdict::Wrong && wrong > 0)
        return fmt::format("wrong on hidden case {} ({}): {} of {} elements", number, what, wrong, elements);
    const std::string reason = report.fault ? report.fault->message : report.message;
    return fmt::format("{} on hidden case {} ({}): {}", verdictName(report.verdict), number, what, reason);
}

}  // namespace

void Evaluator::setHiddenSeed(std::uint64_t seed)
{
    m_hiddenSeed = seed;
    m_hidden.clear();
    m_cheats.reset();
}

Result<CaseReport> Evaluator::verifyCase(const VerifyQuestion& question, std::stop_token stop)
{
    auto outcome = m_judge.verify(question, stop);
    if (outcome)
        return outcome;
    auto fault = faultOfLostJudge(outcome.error(), m_judge.facts());
    if (!fault)
        return outcome;
    CaseReport report;
    report.size = question.size;
    report.seed = question.seed;
    report.verdict = fault->verdict;
    report.message = fault->message;
    report.fault = std::move(fault);
    return report;
}

Result<std::vector<CaseReport>> Evaluator::verifyKnown(EvaluationRecord& record, const CandidateSpec& candidate,
                                                       std::stop_token stop, const ProgressSink& progress)
{
    const bool modelled = m_judge.facts().modelled;
    const auto sizes = modelled ? m_task.emulatorSizes() : m_task.verifySizes();
    if (sizes.empty())
        return fail(ErrorCode::InvalidInput,
                    fmt::format("task '{}' has no size for {}", m_task.name, modelled ? "the emulator" : "verifying"));
    std::vector<CaseReport> reports;
    for (const TaskSize* size : sizes) {
        reportStep(progress, "verify", size->name);
        VerifyQuestion question;
        question.candidate = candidate;
        question.size = size->name;
        question.seed = kKnownSeed;
        question.besideBaseline = true;
        WARPLOOM_TRY(CaseReport outcome, verifyCase(question, stop));
        if (modelled)
            record.counters = outcome.counters;
        reports.push_back(std::move(outcome));
        if (reports.back().verdict == Verdict::Ok)
            continue;
        record.verdict = reports.back().verdict;
        record.message = fmt::format("size '{}': {}", size->name, reports.back().message);
        break;
    }
    return reports;
}

Result<> Evaluator::verifyInto(EvaluationRecord& record, const CandidateSpec& candidate, std::stop_token stop,
                               const ProgressSink& progress)
{
    const bool modelled = m_judge.facts().modelled;
    WARPLOOM_TRY(const auto known, verifyKnown(record, candidate, stop, progress));
    record.evidence["cases"] = known;
    const bool ok = record.verdict == Verdict::Ok;
    const bool ran = hasRun(record.verdict);
    addCheck(record, 1, trustCheck::kRan, stateOf(ran), ran ? "" : record.message);
    addCheck(record, 2, trustCheck::kKnownFills, stateOf(ok), ok ? "" : record.message);
    if (!ok)
        return {};
    WARPLOOM_CHECK(checkTrivialAnswers(record, stop));
    WARPLOOM_TRY(const auto failure, verifyHidden(record, candidate, m_hiddenSeed, stop, progress));
    if (failure)
        return {};
    addCheck(record, 4, trustCheck::kSurroundings, CheckState::Passed);
    checkPrecision(record, known);
    if (modelled)
        addCheck(record, 6, trustCheck::kMemoryChecks, CheckState::Passed, "the emulator's own");
    // A best that was timed is provisional until a fresh process confirms it.
    record.provisional = record.verdict == Verdict::Ok && !modelled;
    return {};
}

Result<const std::vector<VerifyQuestion>*> Evaluator::hiddenQuestions(std::uint64_t seed)
{
    const auto known = m_hidden.find(seed);
    if (known != m_hidden.end())
        return &known->second;
    WARPLOOM_TRY(auto drawn, hiddenCases(m_task, seed, m_judge.facts().modelled));
    return &m_hidden.emplace(seed, std::move(drawn)).first->second;
}

Result<std::optional<std::string>> Evaluator::verifyHidden(EvaluationRecord& record, const CandidateSpec& candidate,
                                                           std::uint64_t seed, std::stop_token stop,
                                                           const ProgressSink& progress)
{
    WARPLOOM_TRY(const auto* questions, hiddenQuestions(seed));
    auto reports = nlohmann::json::array();
    std::optional<std::string> failure;
    int counted = 0;
    int voided = 0;
    reportStep(progress, "hidden cases", "");
    const auto fallback = fallbackSize(m_task, m_judge.facts().modelled);
    for (VerifyQuestion question : *questions) {
        question.candidate = candidate;
        WARPLOOM_TRY(CaseReport report, verifyCase(question, stop));
        // Some kernels need sizes that [domain] cannot describe: their baseline too.
        if (!report.voidReason.empty() && fallback && question.values != fallback->values) {
            question.size = fallback->name;
            question.values = fallback->values;
            WARPLOOM_TRY(report, verifyCase(question, stop));
        }
        ++(report.voidReason.empty() ? counted : voided);
        // Nobody looks at counts of a size that was drawn, and a workspace keeps a dozen of these for every candidate.
        report.counters.clear();
        reports.push_back(report);
        if (report.verdict == Verdict::Ok)
            continue;
        failure = hiddenMessage(report, reports.size());
        record.verdict = report.verdict;
        record.message = *failure;
        break;
    }
    record.evidence["hidden"] = std::move(reports);
    const bool proves = counted >= kLeastHiddenCases;
    const std::string detail = failure ? *failure
        : proves                       ? fmt::format("{} cases, {} void", counted, voided)
                 : fmt::format("only {} of {} cases count: the baseline fails the others", counted, counted + voided);
    setCheck(record, 3, trustCheck::kHiddenCases,
             failure      ? CheckState::Failed
                 : proves ? CheckState::Passed
                          : CheckState::Pending,
             detail);
    return failure;
}

Result<> Evaluator::checkTrivialAnswers(EvaluationRecord& record, std::stop_token stop)
{
    if (!m_cheats) {
        WARPLOOM_TRY(const auto* questions, hiddenQuestions(m_hiddenSeed));
        std::map<std::string, std::size_t> passes;
        std::size_t counted = 0;
        for (std::size_t i = 0; i < std::min(questions->size(), kAuditedCases); ++i) {
            auto audit = m_judge.audit((*questions)[i], stop);
            if (!audit)
                return fail(auditFailure(std::move(audit).error()));
            if (!audit->baseline.voidReason.empty())
                continue;
            ++counted;
            for (const TrivialReport& trivial : audit->trivial)
                passes[trivial.name] += trivial.passes ? 1 : 0;
        }
        m_cheats.emplace();
        for (const auto& [name, times] : passes) {
            // Rounding to half precision is work done: the precision check is there for it.
            if (times == counted && name != "half precision")
                m_cheats->push_back(name);
        }
    }
    const std::string detail =
        m_cheats->empty() ? "" : fmt::format("the task lets pass: {}", fmt::join(*m_cheats, ", "));
    addCheck(record, 3, trustCheck::kTrivial, stateOf(m_cheats->empty()), detail);
    return {};
}

void Evaluator::checkPrecision(EvaluationRecord& record, const std::vector<CaseReport>& known) const
{
    auto evidence = nlohmann::json::array();
    std::string failure;
    for (const CaseReport& report : known) {
        for (const ComparisonReport& comparison : report.comparisons) {
            const auto beside =
                std::find_if(report.baseline.begin(), report.baseline.end(),
                             [&](const ComparisonReport& other) { return other.buffer == comparison.buffer; });
            if (beside == report.baseline.end())
                continue;
            const PrecisionLimit limit = precisionLimit(m_task, comparison.buffer, *beside);
            const double error = std::sqrt(comparison.meanSquareRatio);
            evidence.push_back({{"size", report.size},
                                {"buffer", comparison.buffer},
                                {"error", error},
                                {"baseline_error", limit.baseline},
                                {"allowed", limit.allowed}});
            if (error > limit.allowed && failure.empty())
                failure = fmt::format("less precise than the task allows at size '{}': the errors of {} are {:.3g} "
                                      "tolerances (root mean square), the baseline's {:.3g}; {:.3g} are allowed",
                                      report.size, comparison.buffer, error, limit.baseline, limit.allowed);
        }
    }
    record.evidence["precision"] = std::move(evidence);
    addCheck(record, 4, trustCheck::kPrecision, stateOf(failure.empty()), failure);
    if (failure.empty())
        return;
    record.verdict = Verdict::Suspect;
    record.message = failure;
}

Result<> Evaluator::checkTimes(EvaluationRecord& record, const CandidateSpec& candidate, std::stop_token stop,
                               const ProgressSink& progress)
{
    if (m_judge.facts().modelled) {
        addCheck(record, 5, trustCheck::kTimedOutputs, CheckState::NotApplicable, "times are modelled");
        return {};
    }
    auto evidence = nlohmann::json::array();
    std::string failure;
    std::int64_t outputs = 0;
    for (const auto& series : record.evidence.value("timing", nlohmann::json::array())) {
        const TaskSize* size = m_task.findSize(series.value("size", ""));
        if (size == nullptr)
            continue;
        outputs += series.value("outputs_checked", std::int64_t{0});
        WARPLOOM_TRY(const PhysicsFloor limit,
                     physicsFloor(m_task, *size, m_judge.facts(), series.value("cold", record.cold)));
        const double time = series.at("time_us").at(0).get<double>();
        const bool possible = time >= limit.floor().count();
        evidence.push_back({{"size", size->name},
                            {"time_us", time},
                            {"floor_us", limit.floor().count()},
                            {"memory_us", limit.memory.count()},
                            {"arithmetic_us", limit.arithmetic.count()},
                            {"unit", limit.unit},
                            {"possible", possible}});
        if (!possible)
            failure = fmt::format(
                "faster than physics at size '{}': {:.4g} µs, and no implementation takes less than {:.4g} µs",
                size->name, time, limit.floor().count());
    }
    record.evidence["floor"] = std::move(evidence);
    addCheck(record, 5, trustCheck::kTimedOutputs, outputs > 0 ? CheckState::Passed : CheckState::Pending,
             outputs > 0 ? fmt::format("{} looked at", outputs) : "");
    addCheck(record, 5, trustCheck::kFloor, stateOf(failure.empty()), failure);
    addCheck(record, 5, trustCheck::kFreshProcess, m_isConfirming ? CheckState::Passed : CheckState::Pending,
             m_isConfirming ? fmt::format("judge process {}, started for this", m_judge.process()) : "");
    addCheck(record, 6, trustCheck::kMemoryChecks, CheckState::Pending);
    if (failure.empty())
        return {};
    // Looked at again with cases that nobody has seen: what is wrong there is wrong, what is right stays suspect.
    WARPLOOM_TRY(const auto wrong,
                 verifyHidden(record, candidate, mix64(m_hiddenSeed + ++m_freshSeeds), stop, progress));
    record.provisional = false;
    if (wrong)
        return {};
    record.verdict = Verdict::Suspect;
    record.message = failure + "; right on fresh cases too";
    return {};
}

}  // namespace warploom
