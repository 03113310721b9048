// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "compile/CachedCompiler.h"
#include "device/CounterDevice.h"
#include "device/Device.h"
#include "measure/CandidateHost.h"
#include "measure/JudgeKernels.h"
#include "measure/LoadedCandidate.h"
#include "measure/VerifyCase.h"
#include "protocol/DevicePeaks.h"
#include "protocol/JudgeValues.h"
#include "task/Task.h"

namespace warploom {

/// What the card's sensors say at one moment; zeros where a sensor is missing.
struct SensorReading {
    double clockMhz = 0;
    double memoryClockMhz = 0;
    double powerWatts = 0;
    double temperature = 0;  ///< °C
    std::uint64_t throttleReasons = 0;
    std::vector<std::string> foreignProcesses;  ///< that compute on the card and are not ours: "python3 (4711)"
};

constexpr std::size_t kMostCandidatesInRounds = 8;

struct TimingOrder {
    CandidateSpec incumbent;
    std::vector<CandidateSpec> candidates;  ///< at most kMostCandidatesInRounds
    std::string size;
    int rounds = 8;
    std::optional<int> launches;  ///< timed runs of a member at a time, of which the median counts; else by their times
    /// Plans of a batch, each on buffers of its own; 0 for none. Else by the members' times: what takes under 50 µs is
    /// batched.
    std::optional<int> copies;
    bool cold = true;
    Seconds budget{60};  ///< no round begins after it, but for the first two
    std::uint64_t seed = 1;  ///< of the order within the rounds
    std::uint64_t dataSeed = 1;  ///< of the inputs: a candidate that knows the known fill must not meet it here
    std::chrono::milliseconds deadline{10'000};  ///< of one timed run
};

/// One case to verify a candidate on.
struct CaseOrder {
    std::string size;  ///< name of one of the task's sizes, or any name where values are given
    ExpressionScope values;  ///< of a hidden size; empty: those of the named size
    std::uint64_t seed = 1;
    Distribution distribution = Distribution::Declared;
    bool besideBaseline = false;  ///< report the baseline's errors too
    /// Errors up to kBaselineMultiple times the baseline's count as right too, and the case is void where the baseline
    /// fails it.
    bool derived = false;
    int runs = 2;  ///< with other poison each; unwritten elements are told from luck by two

    bool operator==(const CaseOrder&) const = default;
};

/// A derived case admits this multiple of the baseline's largest error.
constexpr double kBaselineMultiple = 4;
/// Where the baseline's error is more tolerances than this, it has failed the case.
constexpr double kMostBaselineRatio = 16;

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

    /// Runs the candidate on one case and compares. Faults and wrong answers are verdicts in the report, whatever
    /// step of loading, binding or running they came up in; an Error means that the judge could not do its work.
    Result<CaseReport> verify(const CandidateSpec& candidate, const CaseOrder& order, const RunLimits& limits);
    /// What the case tells right from wrong: the baseline's errors, answers that need no work, sensitivity.
    Result<CaseAudit> audit(const CaseOrder& order, const RunLimits& limits);
    /// Measures in rounds; \p progress is called after each and ends the series by returning false. A member that
    /// cannot be loaded, bound or run ends it too, and is named in the report.
    Result<TimingReport> time(const TimingOrder& order, const std::function<bool(int)>& progress);
    /// Predicts the time at one size; nothing is verified.
    Result<ModelReport> model(const CandidateSpec& candidate, const std::string& size, const RunLimits& limits);

    /// What the device can do at most, by micro-benchmarks; cases and candidates are forgotten for it. \p progress is
    /// told what comes next and ends it by returning false (Cancelled). Unsupported on a device that only models; after
    /// DeviceFailed the device is of no use.
    Result<DevicePeaks> peaks(const std::function<bool(const std::string&)>& progress);

    /// Reads \p counters of the device while the candidate runs at one size; nothing is verified. The candidate runs
    /// in this process: a judge that counts does nothing else.
    Result<CounterReport> count(const CandidateSpec& candidate, const std::string& size, CounterDevice& counters,
                                CounterRequest request);
    /// The same, instruction by instruction.
    Result<InstructionReport> countInstructions(const CandidateSpec& candidate, const std::string& size,
                                                CounterDevice& counters, InstructionRequest request);

private:
    /// A candidate on its host with its plan bound to a case.
    struct Bound {
        LoadedCandidate* candidate = nullptr;
        std::vector<DeviceStep> steps;
    };
    struct Member;
    struct Series;
    struct CopyPlan;
    using Kept = std::vector<const LoadedCandidate*>;

    /// Makes \p work play the candidate at one size; a candidate that cannot be loaded or bound has a fault.
    Result<std::optional<Fault>> bindCounted(const CandidateSpec& candidate, const std::string& size,
                                             CountedWork& work);

    Result<JudgeKernels*> kernels();
    Result<VerifyCase*> caseFor(CaseIdentity identity);
    /// Nothing if the case is not held.
    [[nodiscard]] VerifyCase* findCase(const CaseIdentity& identity) const;
    Result<CaseIdentity> identityOf(const CaseOrder& order) const;
    void dropOldCases(Bytes needed);
    /// Frees what is held of other candidates and cases: it must not count against the one that needs the memory.
    void makeRoom(const VerifyCase* keptCase, const Kept& kept);
    /// What \p attempt gives, a second time with room made where memory was short.
    template <typename Attempt>
    auto withRoom(const VerifyCase* keptCase, const Kept& kept, Attempt attempt)
    {
        auto result = attempt();
        if (!result && result.error().code == ErrorCode::OutOfMemory) {
            makeRoom(keptCase, kept);
            result = attempt();
        }
        return result;
    }
    Result<const TaskSize*> sizeNamed(const std::string& name) const;
    Result<LoadedCandidate*> loaded(const CandidateSpec& candidate);
    Result<Bound> bound(const CandidateSpec& candidate, VerifyCase& verifyCase, const Kept& kept);
    Result<const CandidateSpec*> baselineSpec();
    /// Runs the baseline on the case, the first time.
    Result<const BaselineRun*> baselineOn(const CaseIdentity& identity, const RunLimits& limits);
    Result<> verifyTwice(const CandidateSpec& candidate, const CaseIdentity& identity, int runs,
                         const RunLimits& limits, CaseReport& report);
    Result<> verifyOnce(const CandidateSpec& candidate, VerifyCase& verifyCase, int runs, const RunLimits& limits,
                        CaseReport& report);
    Result<std::vector<TrivialReport>> trivialAnswers(VerifyCase& verifyCase, VerifyCase& other, double allowedRatio);
    Result<std::map<std::string, bool>> sensitivity(const CaseIdentity& identity);
    Result<> poisonOutputs(LoadedCandidate& candidate, VerifyCase& verifyCase, std::uint64_t seed);
    Result<bool> runOnce(const Bound& bound, VerifyCase& verifyCase, int run, const RunLimits& limits,
                         CaseReport& report);
    Result<bool> checkSurroundings(LoadedCandidate& candidate, VerifyCase& verifyCase, CaseReport& report);
    Result<bool> compareOutputs(VerifyCase& verifyCase, int run, CaseReport& report);
    Result<ComparisonReport> compareOutput(VerifyCase& verifyCase, const VerifyCase::Io& io, int run,
                                           double allowedRatio);
    void forget(const VerifyCase& verifyCase);
    /// After a fault: forgets the cases and copies whose inputs have suffered, and renews canaries. Every one may have
    /// been in the candidate's reach. Not while a batch is bound to the copies.
    Result<> mendCases();
    Result<bool> isIntact(VerifyCase& verifyCase);
    Result<BoundBuffers> modelBuffers(const TaskSize& size, std::vector<JudgeBuffer>& buffers);
    // Of timing; a fault of a member is in the series' report and ends it.
    Result<Member> member(const CandidateSpec& spec, VerifyCase& verifyCase, const TimingOrder& order,
                          const Kept& kept);
    Result<std::vector<DeviceStep>> preparation(VerifyCase& verifyCase, std::vector<JudgeBuffer>& scratches);
    Result<> timeOnce(Series& series, const std::function<bool(int)>& progress);
    Result<> gather(Series& series);
    Result<> playRound(Series& series, bool isLast);
    Result<Microseconds> timeMember(Series& series, Member& member, bool mustCheck);
    Result<TimingOutcome> timeLaunch(Series& series, Member& member);
    /// Times every member once, and decides by that how the rounds are timed.
    Result<> chooseMode(Series& series);
    /// Why the members cannot be timed in batches; empty when they can, and they are ready for it.
    Result<std::string> prepareBatches(Series& series, int copies);
    Result<std::string> copiesFor(Series& series, int copies);
    Result<> bindCopies(Member& member, std::size_t copies);
    /// Compares what the member's last timed run has written with the reference.
    Result<> checkOutputs(Series& series, Member& member);
    Result<> checkOutputs(Series& series, const Member& member, VerifyCase& verifyCase);
    /// Whether the outputs are bit for bit those that were found right before; else what to remember them by.
    Result<std::uint64_t> outputsKey(const Member& member, VerifyCase& verifyCase);
    Result<> checkGuards(Series& series, VerifyCase& verifyCase);
    Result<> checkInputs(Series& series);

    Device& m_device;
    CandidateHost& m_host;
    CachedCompiler& m_compiler;
    Sensors m_sensors;
    std::optional<JudgeKernels> m_kernels;
    std::optional<Task> m_task;
    std::optional<LoadedReference> m_reference;
    std::optional<CandidateSpec> m_baselineSpec;
    std::list<std::unique_ptr<VerifyCase>> m_cases;  ///< most recently used first
    std::list<std::pair<std::string, std::unique_ptr<LoadedCandidate>>> m_loaded;  ///< by key, recent first
    std::vector<std::unique_ptr<VerifyCase>> m_copies;  ///< of one size, each with inputs of its own, for batches
    std::unordered_set<std::uint64_t> m_rightOutputs;  ///< keys of outputs of timed launches that were compared
};

}  // namespace warploom
