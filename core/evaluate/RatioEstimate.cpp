// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/RatioEstimate.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace warploom {

namespace {

// A candidate twice as slow cannot win by luck of few rounds.
constexpr double kHopelessRatio = 0.5;
// Long kernels repeat to a few parts in a million: a drift of the clock by a tenth of a percent is no disturbance.
constexpr double kSmallestEndTolerance = 0.01;
constexpr std::uint64_t kBootstrapSeed = 20240229;

Interval exponential(Interval logs) { return {std::exp(logs.estimate), std::exp(logs.low), std::exp(logs.high)}; }

}  // namespace

void RatioEstimate::add(const TimingReport& report, std::size_t candidate, double baselineDeviation)
{
    const double endTolerance = std::max(4 * baselineDeviation, kSmallestEndTolerance);
    for (const RoundReport& round : report.rounds) {
        const double before = round.before.count();
        const double after = round.after.count();
        const double time = round.candidates.at(candidate).count();
        if (!(before > 0) || !(after > 0) || !(time > 0)) {
            ++m_discarded;
            continue;
        }
        const double difference = std::log(before / after);
        m_endDifferences.push_back(difference);
        if (round.disturbed || (baselineDeviation > 0 && std::abs(difference) > endTolerance)) {
            ++m_discarded;
            continue;
        }
        m_logRatios.push_back((std::log(before) + std::log(after)) / 2 - std::log(time));
        m_times.push_back(time);
        m_opponentTimes.push_back(std::sqrt(before * after));
    }
}

Interval RatioEstimate::speedup(double confidence) const
{
    return exponential(bootstrapMedian(m_logRatios, confidence, kBootstrapSeed));
}

Interval RatioEstimate::time(double confidence) const { return bootstrapMedian(m_times, confidence, kBootstrapSeed); }

Interval RatioEstimate::opponentTime(double confidence) const
{
    return bootstrapMedian(m_opponentTimes, confidence, kBootstrapSeed);
}

TimingDecision RatioEstimate::decide() const
{
    const int count = rounds();
    if (count >= 2 && *std::max_element(m_logRatios.begin(), m_logRatios.end()) < std::log(kHopelessRatio))
        return TimingDecision::Hopeless;
    if (count < kLooks[0])
        return TimingDecision::Continue;
    const Interval ratio = speedup(kLookConfidence);
    if (ratio.low > 1 + kEqualMargin)
        return TimingDecision::Faster;
    if (ratio.high < 1 - kEqualMargin)
        return TimingDecision::Slower;
    if (ratio.low > 1 - kEqualMargin && ratio.high < 1 + kEqualMargin)
        return TimingDecision::Equal;
    return count >= *std::rbegin(kLooks) ? TimingDecision::Undecided : TimingDecision::Continue;
}

}  // namespace warploom
