// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/TimingSeries.h"

#include <algorithm>
#include <iterator>

namespace warploom {

namespace {

/// A single series of a few rounds says little about the spread.
constexpr std::size_t kFewestDifferences = 8;
/// Two rounds are enough to see that a candidate is hopeless.
constexpr int kFirstRounds = 2;
/// Rounds thrown away are asked for again, until twice as many were asked for as the last look needs.
constexpr int kMostRounds = 2 * kLooks[std::size(kLooks) - 1];
constexpr int kKeptShare = 4;

}  // namespace

void TimingNoise::add(const std::string& size, const std::vector<double>& endDifferences)
{
    auto& known = m_differences[size];
    known.insert(known.end(), endDifferences.begin(), endDifferences.end());
}

double TimingNoise::deviation(const std::string& size) const
{
    const auto known = m_differences.find(size);
    return known == m_differences.end() || known->second.size() < kFewestDifferences ? 0
                                                                                     : robustDeviation(known->second);
}

double TimingNoise::floor() const
{
    double largest = 0;
    for (const auto& [size, differences] : m_differences)
        largest = std::max(largest, deviation(size));
    return largest;
}

int TimingSeries::nextRounds(const TimingSettings& settings, const SeriesOutcome& outcome, int asked) const
{
    if (asked == 0)
        return settings.stopsEarly ? kFirstRounds : kLooks[std::size(kLooks) - 1];
    const int kept = outcome.estimate.rounds();
    if (kept < kOverwhelmingRounds && settings.stopsEarly && outcome.estimate.isOverwhelming())
        return std::min(std::max(kOverwhelmingRounds - kept, 1), kMostRounds - asked);
    const auto* look = std::find_if(std::begin(kLooks), std::end(kLooks), [kept](int rounds) { return rounds > kept; });
    if (look == std::end(kLooks))
        return 0;
    const int wanted = std::min(std::max(*look - kept, kFirstRounds), kMostRounds - asked);
    const double left = (settings.budget - outcome.spent) / (outcome.spent / asked);
    return std::min(wanted, static_cast<int>(std::clamp(left, 0.0, 1e6)));
}

void TimingSeries::take(SeriesOutcome& outcome, TimingReport report)
{
    outcome.outputsChecked += report.outputsChecked;
    outcome.outputsWrong += report.outputsWrong;
    outcome.worstError = std::max(outcome.worstError, report.worstError);
    outcome.spent += Seconds(report.deviceSeconds);
    for (const std::string& note : report.notes) {
        if (std::find(outcome.notes.begin(), outcome.notes.end(), note) == outcome.notes.end())
            outcome.notes.push_back(note);
    }
    outcome.fault = report.fault;
    outcome.byOpponent = report.fault && !report.faultyCandidate;
    outcome.estimate.add(report, 0, outcome.noise);
    outcome.last = report;
    outcome.last.rounds.clear();
    m_reports.push_back(std::move(report));
}

void TimingSeries::keepDisturbed(SeriesOutcome& outcome) const
{
    RatioEstimate all;
    all.keepDisturbed();
    for (const TimingReport& report : m_reports)
        all.add(report, 0, outcome.noise);
    outcome.estimate = std::move(all);
    std::string note = "the card is restless: rounds that were disturbed count all the same";
    if (std::find(outcome.notes.begin(), outcome.notes.end(), note) == outcome.notes.end())
        outcome.notes.push_back(std::move(note));
}

Result<SeriesOutcome> TimingSeries::run(const TimingSettings& settings, double noise, std::uint64_t& seed,
                                        std::stop_token stop, const std::function<void(int)>& progress)
{
    SeriesOutcome outcome;
    outcome.noise = noise;
    TimingDecision decision = TimingDecision::Continue;
    TimingQuestion question;
    question.incumbent = m_opponent;
    question.candidates = {m_candidate};
    question.size = m_size;
    question.launches = settings.launches;
    question.dataSeed = settings.dataSeed;
    int asked = 0;
    while (decision == TimingDecision::Continue && (question.rounds = nextRounds(settings, outcome, asked)) > 0) {
        question.seed = ++seed;
        question.budget = settings.budget - outcome.spent;
        asked += question.rounds;
        progress(asked);
        WARPLOOM_TRY(TimingReport report, m_judge.time(question, stop));
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "the timing was cancelled");
        take(outcome, std::move(report));
        if (outcome.fault)
            return outcome;
        // Rounds that were timed in another way are not to be mixed with these.
        question.launches = outcome.last.launches;
        question.copies = outcome.last.copies;
        if (asked >= 2 * kLooks[0] && outcome.estimate.rounds() * kKeptShare < asked)
            keepDisturbed(outcome);
        decision = outcome.estimate.decide();
    }
    if (outcome.estimate.rounds() == 0)
        keepDisturbed(outcome);
    if (outcome.estimate.rounds() == 0)
        return fail(ErrorCode::DeviceFailed, "no timing round came to its end");
    outcome.decision = decision == TimingDecision::Continue ? TimingDecision::Undecided : decision;
    return outcome;
}

}  // namespace warploom
