// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/Result.h"
#include "evaluate/JudgeClient.h"
#include "protocol/Records.h"
#include "task/Task.h"

namespace warploom {

/// Whom a candidate is timed against: a verified configuration whose speedup over the baseline is known.
struct Opponent {
    CandidateSpec spec;
    std::optional<Interval> speedup;  ///< over the baseline; absent for the baseline itself, which is 1
};

/// One step of the ladder, for progress displays.
struct EvaluationProgress {
    std::string stage;  ///< "verify", "time" or "model"
    std::string size;
    int rounds = 0;
};

using ProgressSink = std::function<void(const EvaluationProgress&)>;

/// Climbs the trust ladder with one candidate: verifies it on every size, then times it in rounds (or models its time)
/// and fills in a record. A candidate that fails is a record with its verdict; an Error means that the judge could not
/// work.
class Evaluator {
public:
    Evaluator(JudgeClient& judge, const Task& task);

    /// \p opponent absent: the candidate is the baseline and is timed against itself (an A/A series).
    Result<EvaluationRecord> evaluate(const CandidateSpec& candidate, const std::optional<Opponent>& opponent,
                                      std::stop_token stop, const ProgressSink& progress = {});
    /// Verifies only: trust 2 at most, no time.
    Result<EvaluationRecord> verify(const CandidateSpec& candidate, std::stop_token stop,
                                    const ProgressSink& progress = {});
    /// Record of a candidate that the compiler refused.
    static EvaluationRecord compileError(const CompileFailure& failure);

    /// Standard deviation of the opponents' own ends over this session: below it no difference is claimed. 0 before the
    /// first series.
    [[nodiscard]] double noiseFloor() const;

private:
    Result<> verifyInto(EvaluationRecord& record, const CandidateSpec& candidate, std::stop_token stop,
                        const ProgressSink& progress);
    Result<> timeInto(EvaluationRecord& record, const CandidateSpec& candidate, const std::optional<Opponent>& opponent,
                      std::stop_token stop, const ProgressSink& progress);
    Result<> modelInto(EvaluationRecord& record, const CandidateSpec& candidate,
                       const std::optional<Opponent>& opponent, std::stop_token stop, const ProgressSink& progress);
    Result<Interval> modelTime(const CandidateSpec& candidate, std::stop_token stop, nlohmann::json* evidence);

    JudgeClient& m_judge;
    const Task& m_task;
    std::vector<double> m_endDifferences;
    std::map<std::string, double> m_modelled;  ///< opponents' modelled times by identity
    std::uint64_t m_series = 0;
};

}  // namespace warploom
