// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "evaluate/EvaluatorParts.h"
#include "evaluate/RatioEstimate.h"

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

void addNote(nlohmann::json& notes, const std::string& note)
{
    if (std::find(notes.begin(), notes.end(), note) == notes.end())
        notes.push_back(note);
}

}  // namespace

/// The rounds at one size, or the fault that ended them.
struct Evaluator::SizeTiming {
    RatioEstimate estimate;
    double clockMhz = 0;
    bool cold = true;
    std::vector<std::string> notes;
    std::optional<Fault> fault;
    bool byOpponent = false;
};

double Evaluator::noiseFloor() const
{
    // A single series says little about the spread.
    return m_endDifferences.size() < 8 ? 0 : robustDeviation(m_endDifferences);
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
        reportStep(progress, "time", size, asked);
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

}  // namespace warploom
