// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "compile/CachedCompiler.h"
#include "device/Device.h"
#include "measure/CandidateHost.h"
#include "measure/JudgeKernels.h"
#include "measure/LoadedCandidate.h"
#include "measure/VerifyCase.h"
#include "protocol/JudgeValues.h"
#include "task/Task.h"

namespace warploom {

/// What the card's sensors say at one moment; zeros where a sensor is missing.
struct SensorReading {
    double clockMhz = 0;
    double memoryClockMhz = 0;
    double temperature = 0;  ///< °C
    std::uint64_t throttleReasons = 0;
    std::uint32_t foreignProcesses = 0;  ///< that compute on the card and are not ours
};

constexpr std::size_t kMostCandidatesInRounds = 8;

struct TimingOrder {
    CandidateSpec incumbent;
    std::vector<CandidateSpec> candidates;  ///< at most kMostCandidatesInRounds
    std::string size;
    int rounds = 8;
    int launches = 1;  ///< timed runs a member and round; the median counts
    bool cold = true;
    std::uint64_t seed = 1;  ///< of the order within the rounds
    std::chrono::milliseconds deadline{10'000};  ///< of one timed run
};

/// Holds what is right for one task on one device and keeps time: fills, references, comparison, rounds. Candidates run
/// on its host. Not thread-safe.
class Judge {
public:
    using Sensors = std::function<SensorReading()>;

    Judge(Device& device, CandidateHost& host, CachedCompiler& compiler, Sensors sensors);
    ~Judge();

    /// Compiles and loads the reference; forgets every case of the task before.
    Result<> openTask(Task task);
    [[nodiscard]] const std::optional<Task>& task() const { return m_task; }

    /// Runs the candidate twice at one size and compares. Faults and wrong answers are verdicts in the report; an Error
    /// means that the judge itself could not do its work.
    Result<CaseReport> verify(const CandidateSpec& candidate, const std::string& size, std::uint64_t seed,
                              const RunLimits& limits);
    /// Measures in rounds; \p progress is called after each and ends the series by returning false.
    Result<TimingReport> time(const TimingOrder& order, const std::function<bool(int)>& progress);
    /// Predicts the time at one size; nothing is verified.
    Result<ModelledTime> model(const CandidateSpec& candidate, const std::string& size, const RunLimits& limits);

private:
    struct Member;

    Result<JudgeKernels*> kernels();
    Result<VerifyCase*> caseFor(const TaskSize& size, std::uint64_t seed);
    void dropOldCases(Bytes needed);
    Result<const TaskSize*> sizeNamed(const std::string& name) const;
    Result<LoadedCandidate*> loaded(const CandidateSpec& candidate);
    Result<CaseReport> verifyLoaded(LoadedCandidate& candidate, VerifyCase& verifyCase, const RunLimits& limits);
    Result<> poisonOutputs(LoadedCandidate& candidate, VerifyCase& verifyCase, std::uint64_t seed);
    Result<bool> runOnce(LoadedCandidate& candidate, VerifyCase& verifyCase, int run, const RunLimits& limits,
                         CaseReport& report);
    Result<bool> checkSurroundings(LoadedCandidate& candidate, VerifyCase& verifyCase, CaseReport& report);
    Result<bool> compareOutputs(VerifyCase& verifyCase, int run, CaseReport& report);
    Result<Member> member(const CandidateSpec& spec, VerifyCase& verifyCase, const TimingOrder& order);
    Result<Microseconds> timeMember(const Member& member, int launches, std::optional<Fault>& fault);

    Device& m_device;
    CandidateHost& m_host;
    CachedCompiler& m_compiler;
    Sensors m_sensors;
    std::optional<JudgeKernels> m_kernels;
    std::optional<Task> m_task;
    std::optional<LoadedReference> m_reference;
    std::list<std::unique_ptr<VerifyCase>> m_cases;  ///< most recently used first
    std::list<std::pair<std::string, std::unique_ptr<LoadedCandidate>>> m_loaded;  ///< by key, recent first
};

}  // namespace warploom
