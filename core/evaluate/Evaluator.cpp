// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Evaluator.h"

#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/Hash.h"
#include "evaluate/RatioEstimate.h"

namespace warploom {

namespace {

constexpr double kReportedConfidence = 0.95;
constexpr std::uint64_t kKnownSeed = 1;

nlohmann::json check(int level, const char* name, bool passed, std::string detail = {})
{
    return {{"level", level}, {"check", name}, {"passed", passed}, {"detail", std::move(detail)}};
}

std::string identityOf(const CandidateSpec& candidate)
{
    HashBuilder hash;
    hash.add(candidate.source).add(configurationText(candidate.configuration));
    return hash.hex();
}

/// Product of two independent ratios with relative errors added in squares.
Interval chained(const Interval& a, const Interval& b)
{
    const double low = std::hypot(std::log(a.estimate / a.low), std::log(b.estimate / b.low));
    const double high = std::hypot(std::log(a.high / a.estimate), std::log(b.high / b.estimate));
    const double estimate = a.estimate * b.estimate;
    return {estimate, estimate * std::exp(-low), estimate * std::exp(high)};
}

/// Geometric mean of intervals that stand for different sizes.
Interval meanOver(const std::vector<Interval>& parts)
{
    double estimate = 0;
    double low = 0;
    double high = 0;
    for (const Interval& part : parts) {
        estimate += std::log(part.estimate);
        low += std::pow(std::log(part.estimate / part.low), 2);
        high += std::pow(std::log(part.high / part.estimate), 2);
    }
    const auto count = static_cast<double>(parts.size());
    const double mean = std::exp(estimate / count);
    return {mean, mean * std::exp(-std::sqrt(low) / count), mean * std::exp(std::sqrt(high) / count)};
}

nlohmann::json intervalJson(const Interval& interval) { return {interval.estimate, interval.low, interval.high}; }

void report(const ProgressSink& progress, const char* stage, const std::string& size, int rounds = 0)
{
    if (progress)
        progress({stage, size, rounds});
}

/// A record with what is known before anything ran.
EvaluationRecord startRecord(const CandidateSpec& candidate, const DeviceFacts& facts)
{
    EvaluationRecord record;
    record.configuration = candidate.configuration;
    record.modelled = facts.modelled;
    record.resources = candidate.product.kernels;
    record.verdict = Verdict::Ok;
    record.checks.push_back(check(0, "compiled", true, candidate.product.compiler));
    return record;
}

}  // namespace

Evaluator::Evaluator(JudgeClient& judge, const Task& task)
    : m_judge(judge)
    , m_task(task)
{
}

double Evaluator::noiseFloor() const
{
    // A single series says little about the spread.
    return m_endDifferences.size() < 8 ? 0 : robustDeviation(m_endDifferences);
}

EvaluationRecord Evaluator::compileError(const CompileFailure& failure)
{
    EvaluationRecord record;
    record.verdict = Verdict::CompileError;
    record.trust = 0;
    for (const Diagnostic& diagnostic : failure.diagnostics) {
        if (diagnostic.severity == Diagnostic::Severity::Error && record.message.empty())
            record.message = fmt::format("{}: {}", diagnostic.place.toString(), diagnostic.message);
    }
    if (record.message.empty())
        record.message = failure.log.substr(0, 400);
    record.evidence = {{"diagnostics", failure.diagnostics}, {"log", failure.log.substr(0, 16384)}};
    record.checks.push_back(check(0, "compiled", false, record.message));
    return record;
}

Result<EvaluationRecord> Evaluator::verify(const CandidateSpec& candidate, std::stop_token stop,
                                           const ProgressSink& progress)
{
    const auto begin = std::chrono::steady_clock::now();
    EvaluationRecord record = startRecord(candidate, m_judge.facts());
    WARPLOOM_CHECK(verifyInto(record, candidate, stop, progress));
    record.costSeconds = Seconds(std::chrono::steady_clock::now() - begin).count();
    return record;
}

Result<EvaluationRecord> Evaluator::evaluate(const CandidateSpec& candidate, const std::optional<Opponent>& opponent,
                                             std::stop_token stop, const ProgressSink& progress)
{
    const auto begin = std::chrono::steady_clock::now();
    EvaluationRecord record = startRecord(candidate, m_judge.facts());
    WARPLOOM_CHECK(verifyInto(record, candidate, stop, progress));
    if (record.verdict == Verdict::Ok) {
        if (m_judge.facts().modelled)
            WARPLOOM_CHECK(modelInto(record, candidate, opponent, stop, progress));
        else
            WARPLOOM_CHECK(timeInto(record, candidate, opponent, stop, progress));
    }
    record.costSeconds = Seconds(std::chrono::steady_clock::now() - begin).count();
    return record;
}

Result<> Evaluator::verifyInto(EvaluationRecord& record, const CandidateSpec& candidate, std::stop_token stop,
                               const ProgressSink& progress)
{
    const bool modelled = m_judge.facts().modelled;
    const auto sizes = modelled ? m_task.emulatorSizes() : m_task.verifySizes();
    if (sizes.empty())
        return fail(ErrorCode::InvalidInput,
                    fmt::format("task '{}' has no size for {}", m_task.name, modelled ? "the emulator" : "verifying"));
    auto cases = nlohmann::json::array();
    for (const TaskSize* size : sizes) {
        report(progress, "verify", size->name);
        VerifyQuestion question;
        question.candidate = candidate;
        question.size = size->name;
        question.seed = kKnownSeed;
        WARPLOOM_TRY(const CaseReport outcome, m_judge.verify(question, stop));
        cases.push_back(outcome);
        if (modelled)
            record.counters = outcome.counters;
        if (outcome.verdict == Verdict::Ok)
            continue;
        record.verdict = outcome.verdict;
        record.message = fmt::format("size '{}': {}", size->name, outcome.message);
        break;
    }
    const bool ok = record.verdict == Verdict::Ok;
    const bool ran = ok || record.verdict == Verdict::Wrong || record.verdict == Verdict::Nondeterministic;
    record.checks.push_back(check(1, "ran, wrote every element", ok || ran, ran ? "" : record.message));
    record.checks.push_back(check(2, "right on every size with known fills", ok, ok ? "" : record.message));
    record.trust = ok ? 2 : ran ? 1 : 0;
    record.evidence["cases"] = std::move(cases);
    // Higher levels are not built yet: a best that was timed is provisional until a fresh process confirms it.
    record.provisional = ok && !modelled;
    return {};
}

Result<> Evaluator::timeInto(EvaluationRecord& record, const CandidateSpec& candidate,
                             const std::optional<Opponent>& opponent, std::stop_token stop,
                             const ProgressSink& progress)
{
    std::vector<Interval> times;
    std::vector<Interval> ratios;
    auto series = nlohmann::json::array();
    for (const TaskSize* size : m_task.timeSizes()) {
        RatioEstimate estimate;
        TimingDecision decision = TimingDecision::Continue;
        int asked = 0;
        double clock = 0;
        while (decision == TimingDecision::Continue && asked < 2 * kLooks[3]) {
            TimingQuestion question;
            question.incumbent = opponent ? opponent->spec : candidate;
            question.candidates = {candidate};
            question.size = size->name;
            // Two rounds are enough to see that a candidate is hopeless.
            question.rounds = asked == 0 ? 2 : asked == 2 ? 6 : asked;
            question.seed = ++m_series;
            asked += question.rounds;
            report(progress, "time", size->name, asked);
            WARPLOOM_TRY(const TimingReport timed, m_judge.time(question, stop));
            if (timed.fault) {
                record.verdict = timed.fault->verdict;
                record.message = fmt::format("while timed at size '{}': {}", size->name, timed.fault->message);
                record.evidence["fault"] = *timed.fault;
                return {};
            }
            clock = timed.clockMhz;
            for (const auto& note : timed.notes)
                record.evidence["notes"].push_back(note);
            estimate.add(timed, 0, noiseFloor());
            decision = estimate.decide();
        }
        if (estimate.rounds() == 0)
            return fail(ErrorCode::DeviceFailed, "every timing round was disturbed: is something else using the card?");
        m_endDifferences.insert(m_endDifferences.end(), estimate.endDifferences().begin(),
                                estimate.endDifferences().end());
        times.push_back(estimate.time(kReportedConfidence));
        ratios.push_back(estimate.speedup(kReportedConfidence));
        record.rounds += estimate.rounds();
        series.push_back({{"size", size->name},
                          {"rounds", estimate.rounds()},
                          {"discarded", estimate.discarded()},
                          {"time_us", intervalJson(times.back())},
                          {"opponent_us", intervalJson(estimate.opponentTime(kReportedConfidence))},
                          {"ratio", intervalJson(ratios.back())},
                          {"clock_mhz", clock}});
    }
    record.time = meanOver(times);
    const Interval ratio = meanOver(ratios);
    record.speedup = !opponent ? Interval{1, 1, 1} : opponent->speedup ? chained(ratio, *opponent->speedup) : ratio;
    record.cold = true;
    record.evidence["timing"] = std::move(series);
    record.evidence["noise_floor"] = noiseFloor();
    record.evidence["ratio_to_opponent"] = intervalJson(ratio);
    return {};
}

Result<Interval> Evaluator::modelTime(const CandidateSpec& candidate, std::stop_token stop, nlohmann::json* evidence)
{
    std::vector<double> times;
    for (const TaskSize* size : m_task.timeSizes()) {
        WARPLOOM_TRY(const ModelledTime modelled, m_judge.model(candidate, size->name, stop));
        times.push_back(modelled.time.count());
        if (evidence != nullptr)
            evidence->push_back({{"size", size->name}, {"modelled", modelled}});
    }
    const double mean = geometricMean(times);
    return Interval{mean, mean, mean};
}

Result<> Evaluator::modelInto(EvaluationRecord& record, const CandidateSpec& candidate,
                              const std::optional<Opponent>& opponent, std::stop_token stop,
                              const ProgressSink& progress)
{
    report(progress, "model", m_task.timeSizes().front()->name);
    auto evidence = nlohmann::json::array();
    auto time = modelTime(candidate, stop, &evidence);
    if (!time) {
        // The plan is right on small sizes but cannot be modelled at the real ones: a verdict, not a broken judge.
        if (time.error().code != ErrorCode::InvalidInput && time.error().code != ErrorCode::NotEmulated)
            return fail(std::move(time).error());
        record.verdict = time.error().code == ErrorCode::NotEmulated ? Verdict::NotEmulated : Verdict::Invalid;
        record.message = time.error().toString();
        return {};
    }
    record.time = *time;
    record.modelled = true;
    record.evidence["model"] = std::move(evidence);
    record.speedup = Interval{1, 1, 1};
    if (opponent) {
        const std::string identity = identityOf(opponent->spec);
        if (!m_modelled.contains(identity)) {
            WARPLOOM_TRY(const Interval opponentTime, modelTime(opponent->spec, stop, nullptr));
            m_modelled[identity] = opponentTime.estimate;
        }
        const double base = opponent->speedup ? opponent->speedup->estimate : 1;
        const double speedup = base * m_modelled[identity] / time->estimate;
        record.speedup = Interval{speedup, speedup, speedup};
    }
    m_modelled[identityOf(candidate)] = time->estimate;
    return {};
}

}  // namespace warploom
