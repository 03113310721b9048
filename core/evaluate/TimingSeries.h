// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/Units.h"
#include "evaluate/JudgeClient.h"
#include "evaluate/RatioEstimate.h"

namespace warploom {

/// What a session has seen of its own noise: how far an opponent's two ends lie apart, by size, since short kernels
/// scatter more than long ones.
class TimingNoise {
public:
    void add(const std::string& size, const std::vector<double>& endDifferences);
    /// Standard deviation of ln(before / after) at that size; 0 before eight rounds.
    [[nodiscard]] double deviation(const std::string& size) const;
    /// The largest of all sizes.
    [[nodiscard]] double floor() const;

private:
    std::map<std::string, std::vector<double>> m_differences;
};

struct TimingSettings {
    Seconds budget{20};  ///< of the device, for one series
    std::uint64_t dataSeed = 1;  ///< of the inputs
    bool stopsEarly = true;  ///< false: all rounds, whatever they show
    std::optional<int> launches;  ///< see TimingQuestion
};

/// What came of one candidate beside one opponent at one size.
struct SeriesOutcome {
    RatioEstimate estimate;
    TimingDecision decision = TimingDecision::Undecided;
    TimingReport last;  ///< of the latest rounds: mode, card
    std::vector<std::string> notes;
    std::uint64_t outputsChecked = 0;
    std::uint64_t outputsWrong = 0;
    double worstError = 0;
    double noise = 0;  ///< deviation by which rounds were thrown away
    Seconds spent{};
    std::optional<Fault> fault;
    bool byOpponent = false;  ///< the fault is the opponent's
};

/// Asks the judge for rounds until the decision is clear, the looks or the budget are used up.
class TimingSeries {
public:
    TimingSeries(JudgeClient& judge, const CandidateSpec& candidate, const CandidateSpec& opponent, std::string size)
        : m_judge(judge)
        , m_candidate(candidate)
        , m_opponent(opponent)
        , m_size(std::move(size))
    {
    }

    /// \p noise: see TimingNoise::deviation. \p seed grows by one with every question. \p progress hears of the rounds
    /// asked for. An Error is the judge's, or Cancelled.
    Result<SeriesOutcome> run(const TimingSettings& settings, double noise, std::uint64_t& seed, std::stop_token stop,
                              const std::function<void(int)>& progress);

private:
    /// How many rounds to ask for after \p asked; 0 when the time is up.
    [[nodiscard]] int nextRounds(const TimingSettings& settings, const SeriesOutcome& outcome, int asked) const;
    void take(SeriesOutcome& outcome, TimingReport report);
    void keepDisturbed(SeriesOutcome& outcome) const;

    JudgeClient& m_judge;
    const CandidateSpec& m_candidate;
    const CandidateSpec& m_opponent;
    std::string m_size;
    std::vector<TimingReport> m_reports;
};

}  // namespace warploom
