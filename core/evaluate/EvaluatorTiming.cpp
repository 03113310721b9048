// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/Random.h"
#include "evaluate/EvaluatorParts.h"
#include "evaluate/TimingSeries.h"
#include "evaluate/TrustChecks.h"

namespace warploom {

namespace {

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

/// JSON has no infinities.
double jsonNumber(double value) { return std::isfinite(value) ? value : std::numeric_limits<double>::max(); }

nlohmann::json seriesJson(const std::string& size, const SeriesOutcome& timed)
{
    const RatioEstimate& estimate = timed.estimate;
    return {{"size", size},
            {"rounds", estimate.rounds()},
            {"discarded", estimate.discarded()},
            {"decision", timingDecisionName(timed.decision)},
            {"time_us", intervalJson(estimate.time(kReportedConfidence))},
            {"opponent_us", intervalJson(estimate.opponentTime(kReportedConfidence))},
            {"ratio", intervalJson(estimate.speedup(kReportedConfidence))},
            {"cold", timed.last.cold},
            {"copies", timed.last.copies},
            {"launches", timed.last.launches},
            {"noise", estimate.endDifferences().size() < 2 ? timed.noise : robustDeviation(estimate.endDifferences())},
            {"outputs_checked", timed.outputsChecked},
            {"worst_error", jsonNumber(timed.worstError)},
            {"device_seconds", timed.spent.count()},
            {"clock_mhz", timed.last.card.clockMhz},
            {"card", timed.last.card}};
}

/// What the timed launches of a candidate that was right when verified have come to.
void failWhileTimed(EvaluationRecord& record, const std::string& size, const SeriesOutcome& timed)
{
    failAt(record, "timed", size, *timed.fault);
    if (timed.outputsWrong == 0)
        return;
    setCheck(record, 5, trustCheck::kTimedOutputs, CheckState::Failed,
             fmt::format("{} of {} outputs wrong, size '{}'", timed.outputsWrong, timed.outputsChecked, size));
    record.evidence["timed_outputs"] = {{"size", size},
                                        {"outputs_checked", timed.outputsChecked},
                                        {"outputs_wrong", timed.outputsWrong},
                                        {"worst_error", jsonNumber(timed.worstError)}};
}

}  // namespace

double Evaluator::noiseFloor() const { return m_noise.floor(); }

Result<SeriesOutcome> Evaluator::timeSize(const CandidateSpec& candidate, const CandidateSpec& opponent,
                                          const std::string& size, Seconds budget, std::stop_token stop,
                                          const ProgressSink& progress)
{
    TimingSettings settings;
    settings.budget = budget;
    // Cut to what every reader of JSON holds exactly; 1 is the known fill's.
    settings.dataSeed = 2 + mix64(m_hiddenSeed ^ 0x71AE) % (std::uint64_t{1} << 52);
    return TimingSeries(m_judge, candidate, opponent, size)
        .run(settings, m_noise.deviation(size), m_series, stop,
             [&](int rounds) { reportStep(progress, "time", size, rounds); });
}

Result<std::optional<Fault>> Evaluator::timeInto(EvaluationRecord& record, const CandidateSpec& candidate,
                                                 const std::optional<Opponent>& opponent, std::stop_token stop,
                                                 const ProgressSink& progress)
{
    std::vector<Interval> times;
    std::vector<Interval> ratios;
    auto series = nlohmann::json::array();
    auto notes = nlohmann::json::array();
    Seconds budget = m_timingBudget;
    const auto sizes = m_task.timeSizes();
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const std::string& size = sizes[i]->name;
        const Seconds share = budget / static_cast<double>(sizes.size() - i);
        WARPLOOM_TRY(const SeriesOutcome timed,
                     timeSize(candidate, opponent ? opponent->spec : candidate, size, share, stop, progress));
        budget -= timed.spent;
        if (timed.fault && opponent && timed.byOpponent)
            return timed.fault;
        if (timed.fault) {
            failWhileTimed(record, size, timed);
            return std::optional<Fault>();
        }
        m_noise.add(size, timed.estimate.endDifferences());
        times.push_back(timed.estimate.time(kReportedConfidence));
        ratios.push_back(timed.estimate.speedup(kReportedConfidence));
        for (const std::string& note : timed.notes)
            addNote(notes, note);
        record.cold = record.cold && timed.last.cold;
        record.rounds += timed.estimate.rounds();
        series.push_back(seriesJson(size, timed));
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
