// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Evaluator.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "base/Hash.h"
#include "evaluate/RatioEstimate.h"
#include "evaluate/TrustChecks.h"

namespace warploom {

namespace {

constexpr double kReportedConfidence = 0.95;

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

/// A record with what is known before anything ran.
EvaluationRecord startRecord(const CandidateSpec& candidate, const DeviceFacts& facts)
{
    EvaluationRecord record;
    record.configuration = candidate.configuration;
    record.modelled = facts.modelled;
    record.resources = candidate.product.kernels;
    record.verdict = Verdict::Ok;
    addCheck(record, 0, trustCheck::kCompiled, CheckState::Passed, candidate.product.compiler);
    return record;
}

std::string placed(const SourcePlace& place, const std::string& message)
{
    const std::string text = place.toString();
    return text.empty() ? message : fmt::format("{}: {}", text, message);
}

/// The candidate was right on the verify sizes and fails at a time size.
void failAt(EvaluationRecord& record, const char* what, const std::string& size, const Fault& fault)
{
    record.verdict = fault.verdict;
    record.message = fmt::format("while {} at size '{}': {}", what, size, placed(fault.place, fault.message));
    record.evidence["fault"] = fault;
    addCheck(record, 1, trustCheck::kRunsWhenTimed, CheckState::Failed, record.message);
    record.provisional = false;
}

void addNote(nlohmann::json& notes, const std::string& note)
{
    if (std::find(notes.begin(), notes.end(), note) == notes.end())
        notes.push_back(note);
}

}  // namespace

std::string identityOf(const CandidateSpec& candidate)
{
    HashBuilder hash;
    hash.add(candidate.source).add(configurationText(candidate.configuration));
    return hash.hex();
}

std::optional<OpponentFault> opponentFaultOf(const EvaluationRecord& record)
{
    const auto found = record.evidence.find("opponent_fault");
    if (found == record.evidence.end())
        return std::nullopt;
    return OpponentFault{found->value("identity", ""), found->value("fault", Fault{})};
}

/// The rounds at one size, or the fault that ended them.
struct Evaluator::SizeTiming {
    RatioEstimate estimate;
    double clockMhz = 0;
    bool cold = true;
    std::vector<std::string> notes;
    std::optional<Fault> fault;
    bool byOpponent = false;
};

Evaluator::Evaluator(JudgeClient& judge, const Task& task)
    : m_judge(judge)
    , m_task(task)
{
}

void reportProgress(const ProgressSink& progress, const char* stage, const std::string& size, int rounds)
{
    if (progress)
        progress({stage, size, rounds});
}

std::optional<Fault> faultOfLostJudge(const Error& error, const DeviceFacts& facts)
{
    if (!facts.modelled || (error.code != ErrorCode::ProcessFailed && error.code != ErrorCode::Timeout))
        return std::nullopt;
    Fault fault;
    fault.verdict = error.code == ErrorCode::Timeout ? Verdict::Timeout : Verdict::Crashed;
    fault.message = fmt::format("the judge was lost: {}", error.message);
    return fault;
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
            record.message = placed(diagnostic.place, diagnostic.message);
    }
    if (record.message.empty())
        record.message = failure.log.substr(0, 400);
    record.evidence = {{"diagnostics", failure.diagnostics}, {"log", failure.log.substr(0, 16384)}};
    addCheck(record, 0, trustCheck::kCompiled, CheckState::Failed, record.message);
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
    if (record.verdict == Verdict::Ok)
        WARPLOOM_CHECK(compareInto(record, candidate, opponent, stop, progress));
    if (record.verdict == Verdict::Ok)
        WARPLOOM_CHECK(checkTimes(record, candidate, stop, progress));
    record.costSeconds = Seconds(std::chrono::steady_clock::now() - begin).count();
    return record;
}

Result<> Evaluator::compareInto(EvaluationRecord& record, const CandidateSpec& candidate,
                                const std::optional<Opponent>& opponent, std::stop_token stop,
                                const ProgressSink& progress)
{
    if (!opponent || !opponent->speedup)
        m_baseline = opponent ? opponent->spec : candidate;
    std::optional<Opponent> beside = opponent;
    std::optional<OpponentFault> failed;
    while (true) {
        const auto known = beside ? m_failed.find(identityOf(beside->spec)) : m_failed.end();
        if (known != m_failed.end()) {
            failed = OpponentFault{known->first, known->second};
            if (!m_baseline || identityOf(*m_baseline) == failed->identity)
                return fail(Error{ErrorCode::InvalidInput,
                                  fmt::format("the kernel of '{}' that others are compared with fails: {}", m_task.name,
                                              failed->fault.message),
                                  failed->fault.place,
                                  {},
                                  {}});
            beside = Opponent{*m_baseline, std::nullopt};
        }
        EvaluationRecord attempt = record;
        WARPLOOM_TRY(auto fault,
                     m_judge.facts().modelled ? modelInto(attempt, candidate, beside, stop, progress)
                                              : timeInto(attempt, candidate, beside, stop, progress));
        if (!fault) {
            record = std::move(attempt);
            break;
        }
        m_failed[identityOf(beside->spec)] = std::move(*fault);
    }
    if (failed)
        record.evidence["opponent_fault"] = {{"identity", failed->identity}, {"fault", failed->fault}};
    return {};
}

Result<Evaluator::SizeTiming> Evaluator::timeSize(const CandidateSpec& candidate, const CandidateSpec& opponent,
                                                  const std::string& size, std::stop_token stop,
                                                  const ProgressSink& progress)
{
    SizeTiming result;
    TimingDecision decision = TimingDecision::Continue;
    int asked = 0;
    while (decision == TimingDecision::Continue && asked < 2 * kLooks[3]) {
        TimingQuestion question;
        question.incumbent = opponent;
        question.candidates = {candidate};
        question.size = size;
        // Two rounds are enough to see that a candidate is hopeless.
        question.rounds = asked == 0 ? 2 : asked == 2 ? 6 : asked;
        question.seed = ++m_series;
        asked += question.rounds;
        reportProgress(progress, "time", size, asked);
        WARPLOOM_TRY(TimingReport timed, m_judge.time(question, stop));
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "the timing was cancelled");
        if (timed.fault) {
            result.fault = std::move(timed.fault);
            result.byOpponent = !timed.faultyCandidate;
            return result;
        }
        result.clockMhz = timed.clockMhz;
        result.cold = timed.cold;
        result.notes.insert(result.notes.end(), timed.notes.begin(), timed.notes.end());
        result.estimate.add(timed, 0, noiseFloor());
        decision = result.estimate.decide();
    }
    if (result.estimate.rounds() == 0)
        return fail(ErrorCode::DeviceFailed, "every timing round was disturbed: is something else using the card?");
    return result;
}

Result<std::optional<Fault>> Evaluator::timeInto(EvaluationRecord& record, const CandidateSpec& candidate,
                                                 const std::optional<Opponent>& opponent, std::stop_token stop,
                                                 const ProgressSink& progress)
{
    std::vector<Interval> times;
    std::vector<Interval> ratios;
    auto series = nlohmann::json::array();
    auto notes = nlohmann::json::array();
    for (const TaskSize* size : m_task.timeSizes()) {
        WARPLOOM_TRY(const SizeTiming timed,
                     timeSize(candidate, opponent ? opponent->spec : candidate, size->name, stop, progress));
        if (timed.fault && opponent && timed.byOpponent)
            return timed.fault;
        if (timed.fault) {
            failAt(record, "timed", size->name, *timed.fault);
            return std::optional<Fault>();
        }
        const RatioEstimate& estimate = timed.estimate;
        m_endDifferences.insert(m_endDifferences.end(), estimate.endDifferences().begin(),
                                estimate.endDifferences().end());
        times.push_back(estimate.time(kReportedConfidence));
        ratios.push_back(estimate.speedup(kReportedConfidence));
        for (const std::string& note : timed.notes)
            addNote(notes, note);
        record.cold = record.cold && timed.cold;
        record.rounds += estimate.rounds();
        series.push_back({{"size", size->name},
                          {"rounds", estimate.rounds()},
                          {"discarded", estimate.discarded()},
                          {"time_us", intervalJson(times.back())},
                          {"opponent_us", intervalJson(estimate.opponentTime(kReportedConfidence))},
                          {"ratio", intervalJson(ratios.back())},
                          {"clock_mhz", timed.clockMhz}});
    }
    record.time = meanOver(times);
    const Interval ratio = meanOver(ratios);
    record.speedup = !opponent ? Interval{1, 1, 1} : opponent->speedup ? chained(ratio, *opponent->speedup) : ratio;
    record.evidence["timing"] = std::move(series);
    record.evidence["noise_floor"] = noiseFloor();
    record.evidence["ratio_to_opponent"] = intervalJson(ratio);
    if (!notes.empty())
        record.evidence["notes"] = std::move(notes);
    return std::optional<Fault>();
}

Result<ModelReport> Evaluator::modelSize(const CandidateSpec& candidate, const std::string& size, std::stop_token stop)
{
    auto modelled = m_judge.model(candidate, size, stop);
    if (modelled)
        return modelled;
    auto fault = faultOfLostJudge(modelled.error(), m_judge.facts());
    if (!fault)
        return modelled;
    return ModelReport{size, {}, std::move(fault)};
}

Result<std::optional<double>> Evaluator::modelledTimeOf(const CandidateSpec& opponent, std::stop_token stop,
                                                        Fault& fault)
{
    const std::string identity = identityOf(opponent);
    if (const auto known = m_modelled.find(identity); known != m_modelled.end())
        return std::optional(known->second);
    std::vector<double> times;
    for (const TaskSize* size : m_task.timeSizes()) {
        WARPLOOM_TRY(ModelReport modelled, modelSize(opponent, size->name, stop));
        if (modelled.fault) {
            fault = std::move(*modelled.fault);
            return std::optional<double>();
        }
        times.push_back(modelled.modelled.time.count());
    }
    m_modelled[identity] = geometricMean(times);
    return std::optional(m_modelled[identity]);
}

Result<std::optional<Fault>> Evaluator::modelInto(EvaluationRecord& record, const CandidateSpec& candidate,
                                                  const std::optional<Opponent>& opponent, std::stop_token stop,
                                                  const ProgressSink& progress)
{
    auto evidence = nlohmann::json::array();
    std::vector<double> times;
    for (const TaskSize* size : m_task.timeSizes()) {
        reportProgress(progress, "model", size->name);
        WARPLOOM_TRY(const ModelReport modelled, modelSize(candidate, size->name, stop));
        if (modelled.fault) {
            failAt(record, "modelled", size->name, *modelled.fault);
            return std::optional<Fault>();
        }
        times.push_back(modelled.modelled.time.count());
        evidence.push_back({{"size", size->name}, {"modelled", modelled.modelled}});
    }
    const double time = geometricMean(times);
    double speedup = 1;
    if (opponent) {
        Fault fault;
        WARPLOOM_TRY(const auto opponentTime, modelledTimeOf(opponent->spec, stop, fault));
        if (!opponentTime)
            return std::optional(std::move(fault));
        speedup = (opponent->speedup ? opponent->speedup->estimate : 1) * *opponentTime / time;
    }
    m_modelled[identityOf(candidate)] = time;
    record.time = Interval{time, time, time};
    record.speedup = Interval{speedup, speedup, speedup};
    record.modelled = true;
    record.evidence["model"] = std::move(evidence);
    return std::optional<Fault>();
}

}  // namespace warploom
