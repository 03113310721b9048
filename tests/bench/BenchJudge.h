// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "BenchKernels.h"
#include "evaluate/CompileFarm.h"
#include "evaluate/TimingSeries.h"
#include "evaluate/WorkerJudge.h"

namespace warploom::test {

/// What to compile for a configuration of a source, where it is empty for its default one.
Result<CompileRequest> requestFor(const std::string& source, const std::string& architecture,
                                  const Configuration& configuration = {});

/// A judge with its runners, as evaluations have them, and the noise of the task that is open.
class BenchJudge {
public:
    static Result<std::unique_ptr<BenchJudge>> start(const std::string& device);

    Result<> open(Task task);
    [[nodiscard]] const Task& task() const { return m_task; }
    [[nodiscard]] const DeviceFacts& facts() const { return m_judge->facts(); }
    Result<CandidateSpec> compile(const std::string& source);
    /// Median microseconds of one plan at the size "bench", as rounds would time it.
    Result<double> timeOf(const CandidateSpec& candidate, int rounds);
    /// As many timed launches of the candidate alone; seconds that the judge was at it.
    Result<double> secondsOfLaunches(const CandidateSpec& candidate, int launches);
    Result<SeriesOutcome> series(const CandidateSpec& candidate, const CandidateSpec& opponent,
                                 const TimingSettings& settings = {});
    [[nodiscard]] double noise() const { return m_noise.deviation("bench"); }
    /// The task scaled so that its baseline takes about \p microseconds, opened; and its baseline.
    Result<CandidateSpec> openScaled(const ScaledTask& scaled, double microseconds);

private:
    std::unique_ptr<WorkerJudge> m_judge;
    std::unique_ptr<CompileFarm> m_farm;
    Task m_task;
    TimingNoise m_noise;
    std::uint64_t m_seed = 0;
};

}  // namespace warploom::test
