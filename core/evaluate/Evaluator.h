// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/Result.h"
#include "evaluate/JudgeClient.h"
#include "evaluate/TimingSeries.h"
#include "protocol/Records.h"
#include "task/Task.h"

namespace warploom {

/// Whom a candidate is timed against: a verified configuration whose speedup over the baseline is known.
struct Opponent {
    CandidateSpec spec;
    std::optional<Interval> speedup;  ///< over the baseline; absent for the baseline itself, which is 1
};

/// An opponent that failed while a candidate was timed or modelled beside it.
struct OpponentFault {
    std::string identity;  ///< see identityOf()
    Fault fault;
};

/// Names a configuration of a source: equal for equal texts and values.
std::string identityOf(const CandidateSpec& candidate);
/// The fault of the opponent that was asked for, where the candidate of this record had to be compared with the
/// baseline instead: who failed is no yardstick any more.
std::optional<OpponentFault> opponentFaultOf(const EvaluationRecord& record);

/// One step of the ladder, for progress displays.
struct EvaluationProgress {
    std::string stage;  ///< "verify", "time" or "model"
    std::string size;
    int rounds = 0;
};

using ProgressSink = std::function<void(const EvaluationProgress&)>;

/// Climbs the trust ladder with one candidate: verifies it on every size and on hidden cases, then times it in rounds
/// (or models its time), holds the figure against physics, and fills in a record with every check and its evidence. A
/// candidate that fails is a record with its verdict; an Error means that the judge could not work, or (InvalidInput)
/// that the baseline itself fails.
class Evaluator {
public:
    Evaluator(JudgeClient& judge, const Task& task);

    /// \p opponent absent: the candidate is the baseline and is timed against itself (an A/A series).
    Result<EvaluationRecord> evaluate(const CandidateSpec& candidate, const std::optional<Opponent>& opponent,
                                      std::stop_token stop, const ProgressSink& progress = {});
    /// Device time that one candidate may be timed for; then it stays undecided, with the interval so far.
    void setTimingBudget(Seconds budget) { m_timingBudget = budget; }
    /// What stands in for an opponent that fails. It is also learnt from evaluate(): a candidate without an opponent,
    /// or an opponent without a speedup.
    void setBaseline(const CandidateSpec& baseline) { m_baseline = baseline; }
    /// What the hidden cases are drawn from; once a run, before its first candidate.
    void setHiddenSeed(std::uint64_t seed);
    /// This process has been started for what is evaluated now: it passes "confirmed in a fresh process".
    void setConfirming(bool confirming) { m_isConfirming = confirming; }
    /// Verifies only: trust 4 at most, no time.
    Result<EvaluationRecord> verify(const CandidateSpec& candidate, std::stop_token stop,
                                    const ProgressSink& progress = {});
    /// Record of a candidate that the compiler refused.
    static EvaluationRecord compileError(const CompileFailure& failure);

    /// Standard deviation of the opponents' own ends over this session, at the size where they scatter most: what the
    /// card calls noise. 0 before the first series.
    [[nodiscard]] double noiseFloor() const;

private:
    Result<> verifyInto(EvaluationRecord& record, const CandidateSpec& candidate, std::stop_token stop,
                        const ProgressSink& progress);
    Result<CaseReport> verifyCase(const VerifyQuestion& question, std::stop_token stop);
    Result<std::vector<CaseReport>> verifyKnown(EvaluationRecord& record, const CandidateSpec& candidate,
                                                std::stop_token stop, const ProgressSink& progress);
    /// \p seed other than the run's for cases that nobody has seen yet; the failure's message, or nothing.
    Result<std::optional<std::string>> verifyHidden(EvaluationRecord& record, const CandidateSpec& candidate,
                                                    std::uint64_t seed, std::stop_token stop,
                                                    const ProgressSink& progress);
    void checkPrecision(EvaluationRecord& record, const std::vector<CaseReport>& known) const;
    Result<> checkTrivialAnswers(EvaluationRecord& record, std::stop_token stop);
    /// Level 5: holds what was timed against physics.
    Result<> checkTimes(EvaluationRecord& record, const CandidateSpec& candidate, std::stop_token stop,
                        const ProgressSink& progress);
    Result<const std::vector<VerifyQuestion>*> hiddenQuestions(std::uint64_t seed);
    /// Times or models beside \p opponent, or the baseline in its place.
    Result<> compareInto(EvaluationRecord& record, const CandidateSpec& candidate,
                         const std::optional<Opponent>& opponent, std::stop_token stop, const ProgressSink& progress);
    // These return the opponent's fault; the candidate's own is in the record.
    Result<std::optional<Fault>> timeInto(EvaluationRecord& record, const CandidateSpec& candidate,
                                          const std::optional<Opponent>& opponent, std::stop_token stop,
                                          const ProgressSink& progress);
    Result<std::optional<Fault>> modelInto(EvaluationRecord& record, const CandidateSpec& candidate,
                                           const std::optional<Opponent>& opponent, std::stop_token stop,
                                           const ProgressSink& progress);
    Result<SeriesOutcome> timeSize(const CandidateSpec& candidate, const CandidateSpec& opponent,
                                   const std::string& size, Seconds budget, std::stop_token stop,
                                   const ProgressSink& progress);
    Result<ModelReport> modelSize(const CandidateSpec& candidate, const std::string& size, std::stop_token stop);
    /// Modelled microseconds, known or asked for; nothing and \p fault when it cannot run.
    Result<std::optional<double>> modelledTimeOf(const CandidateSpec& opponent, std::stop_token stop, Fault& fault);

    JudgeClient& m_judge;
    const Task& m_task;
    TimingNoise m_noise;
    Seconds m_timingBudget = TimingSettings().budget;
    std::map<std::string, double> m_modelled;  ///< opponents' modelled times by identity
    std::map<std::string, Fault> m_failed;  ///< opponents that have failed, by identity
    std::optional<CandidateSpec> m_baseline;
    std::uint64_t m_series = 0;
    std::uint64_t m_hiddenSeed = 1;
    std::uint64_t m_freshSeeds = 0;  ///< drawn so far for suspects
    bool m_isConfirming = false;
    std::map<std::uint64_t, std::vector<VerifyQuestion>> m_hidden;  ///< by seed
    std::optional<std::vector<std::string>> m_cheats;  ///< trivial answers that pass the task
};

}  // namespace warploom
