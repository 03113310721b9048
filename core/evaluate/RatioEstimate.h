// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "base/Statistics.h"
#include "protocol/JudgeValues.h"

namespace warploom {

/// What the rounds so far say of a candidate beside its opponent.
enum class TimingDecision { Continue, Faster, Slower, Equal, Hopeless, Undecided };

/// The margin below which two kernels count as equally fast.
constexpr double kEqualMargin = 0.005;
/// Rounds after which the series is looked at; the last one ends it.
constexpr int kLooks[] = {8, 16, 32, 64};
/// Each look may err with this probability, so that all four together stay below 1 %.
constexpr double kLookConfidence = 0.9975;

/// Collects rounds of one candidate against one opponent at one size.
class RatioEstimate {
public:
    /// \p baselineDeviation: standard deviation of ln(before / after) of the session's own A/A pairs, 0 when unknown.
    /// Rounds whose ends differ by more than 4 of it, or that were disturbed, are thrown away.
    void add(const TimingReport& report, std::size_t candidate, double baselineDeviation);

    [[nodiscard]] int rounds() const { return static_cast<int>(m_logRatios.size()); }
    [[nodiscard]] int discarded() const { return m_discarded; }
    /// opponent time / candidate time: above 1 the candidate is faster.
    [[nodiscard]] Interval speedup(double confidence) const;
    /// Median time of the candidate with its interval over the rounds, microseconds.
    [[nodiscard]] Interval time(double confidence) const;
    [[nodiscard]] Interval opponentTime(double confidence) const;
    [[nodiscard]] TimingDecision decide() const;
    /// ln(before / after) of every round, thrown away or not.
    [[nodiscard]] const std::vector<double>& endDifferences() const { return m_endDifferences; }

private:
    std::vector<double> m_logRatios;  ///< ln(opponent / candidate) of every round kept
    std::vector<double> m_times;
    std::vector<double> m_opponentTimes;
    std::vector<double> m_endDifferences;
    int m_discarded = 0;
};

}  // namespace warploom
