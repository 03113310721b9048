// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/RatioEstimate.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "evaluate/TimingIntervals.h"

namespace warploom {

namespace {

// A candidate twice as slow cannot win by luck of few rounds.
constexpr double kHopelessRatio = 0.5;
constexpr double kOverwhelmingRatio = 2;
// Long kernels repeat to a few parts in a million: a drift of the clock by a tenth of a percent is no disturbance.
constexpr double kSmallestEndTolerance = 0.01;

// Few rounds that lie far apart, or one alone, say next to nothing: their interval is wide, but a figure all the same.
constexpr double kWidestLog = 20;

/// Of a positive quantity whose logarithms are \p logs.
Interval positiveInterval(const std::vector<double>& logs, double confidence)
{
    const Interval found = medianInterval(logs, confidence);
    return {std::exp(found.estimate), std::exp(std::max(found.low, found.estimate - kWidestLog)),
            std::exp(std::min(found.high, found.estimate + kWidestLog))};
}

}  // namespace

std::string_view timingDecisionName(TimingDecision decision)
{
    constexpr std::string_view kNames[] = {"continue", "faster", "slower", "equal", "hopeless", "undecided"};
    return kNames[static_cast<std::size_t>(decision)];
}

void RatioEstimate::add(const TimingReport& report, std::size_t candidate, double baselineDeviation)
{
    const double tolerance = std::max(4 * baselineDeviation, kSmallestEndTolerance);
    for (const RoundReport& round : report.rounds) {
        const double before = round.before.count();
        const double after = round.after.count();
        const double first = round.candidates.at(candidate).count();
        const double second = round.again.empty() ? first : round.again.at(candidate).count();
        if (!(before > 0) || !(after > 0) || !(first > 0) || !(second > 0)) {
            ++m_discarded;
            continue;
        }
        const double difference = std::log(before / after);
        m_endDifferences.push_back(difference);
        const double widest = std::max(std::abs(difference), std::abs(std::log(first / second)));
        if (!m_keepsDisturbed && (round.disturbed || (baselineDeviation > 0 && widest > tolerance))) {
            ++m_discarded;
            continue;
        }
        m_logOpponentTimes.push_back((std::log(before) + std::log(after)) / 2);
        m_logTimes.push_back((std::log(first) + std::log(second)) / 2);
        m_logRatios.push_back(m_logOpponentTimes.back() - m_logTimes.back());
    }
}

Interval RatioEstimate::speedup(double confidence) const { return positiveInterval(m_logRatios, confidence); }

Interval RatioEstimate::time(double confidence) const { return positiveInterval(m_logTimes, confidence); }

Interval RatioEstimate::opponentTime(double confidence) const
{
    return positiveInterval(m_logOpponentTimes, confidence);
}

bool RatioEstimate::isOverwhelming() const
{
    return rounds() >= 2 && *std::ranges::min_element(m_logRatios) >= std::log(kOverwhelmingRatio);
}

TimingDecision RatioEstimate::decide()
{
    const int count = rounds();
    if (count >= 2 && *std::max_element(m_logRatios.begin(), m_logRatios.end()) < std::log(kHopelessRatio))
        return TimingDecision::Hopeless;
    if (count >= kOverwhelmingRounds && count < kLooks[0] && isOverwhelming())
        return TimingDecision::Faster;
    if (count < kLooks[0] || m_looks == std::size(kLooks))
        return count < kLooks[0] ? TimingDecision::Continue : TimingDecision::Undecided;
    const auto logs = certainMedian(m_logRatios, kLookErrors[m_looks++]);
    if (logs) {
        const double above = std::log(1 + kEqualMargin);
        const double below = std::log(1 - kEqualMargin);
        if (logs->low > above)
            return TimingDecision::Faster;
        if (logs->high < below)
            return TimingDecision::Slower;
        if (logs->low > below && logs->high < above)
            return TimingDecision::Equal;
    }
    return count >= *std::rbegin(kLooks) || m_looks == std::size(kLooks) ? TimingDecision::Undecided
                                                                         : TimingDecision::Continue;
}

}  // namespace warploom
