// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/Statistics.h"
#include "protocol/JudgeValues.h"

namespace warploom {

/// What the rounds so far say of a candidate beside its opponent.
enum class TimingDecision { Continue, Faster, Slower, Equal, Hopeless, Undecided };

/// "faster", "undecided", …
std::string_view timingDecisionName(TimingDecision decision);

/// The margin below which two kernels count as equally fast.
constexpr double kEqualMargin = 0.005;
/// Rounds after which the series is looked at; the last one ends it.
constexpr int kLooks[] = {8, 16, 32, 64};
/// Enough to tell that a candidate is faster where every one of them says at least twice as fast.
constexpr int kOverwhelmingRounds = 4;
/// Each look may err with this probability: 1 % in all. Eight rounds that all agree err with 2/256, which is why the
/// first look gets most of it.
constexpr double kLookErrors[] = {0.0079, 0.0007, 0.0007, 0.0007};
/// What a reported interval is computed at so that it covers 95 %: a series that ends when it looks clear takes 1 %.
constexpr double kReportedConfidence = 0.965;

/// Collects rounds of one candidate against one opponent at one size.
class RatioEstimate {
public:
    /// \p baselineDeviation: standard deviation of ln(before / after) of the session's own A/A pairs, 0 when unknown.
    /// Rounds whose ends differ by more than 4 of it, or the candidate's two times, or that were disturbed, are thrown
    /// away: both sides by the same rule, for a rule that spares one side favours the other.
    void add(const TimingReport& report, std::size_t candidate, double baselineDeviation);
    /// Rounds are kept whatever disturbed them: for cards that never stand still.
    void keepDisturbed() { m_keepsDisturbed = true; }

    [[nodiscard]] int rounds() const { return static_cast<int>(m_logRatios.size()); }
    [[nodiscard]] int discarded() const { return m_discarded; }
    /// opponent time / candidate time: above 1 the candidate is faster. Intervals are finite and above 0 from the first
    /// round on, however little it says.
    [[nodiscard]] Interval speedup(double confidence) const;
    /// Median time of the candidate with its interval over the rounds, microseconds.
    [[nodiscard]] Interval time(double confidence) const;
    [[nodiscard]] Interval opponentTime(double confidence) const;
    /// Every round found it at least twice as fast: half as many rounds as a look needs will do.
    [[nodiscard]] bool isOverwhelming() const;
    /// Takes a look, of which there are as many as kLooks has; without 8 new rounds it only tells the hopeless
    /// and, from four, the overwhelming.
    TimingDecision decide();
    /// ln(before / after) of every round, thrown away or not.
    [[nodiscard]] const std::vector<double>& endDifferences() const { return m_endDifferences; }

private:
    std::vector<double> m_logRatios;  ///< ln(opponent / candidate) of every round kept
    std::vector<double> m_logTimes;  ///< of the candidate, microseconds
    std::vector<double> m_logOpponentTimes;
    std::vector<double> m_endDifferences;
    int m_discarded = 0;
    std::size_t m_looks = 0;
    bool m_keepsDisturbed = false;
};

}  // namespace warploom
