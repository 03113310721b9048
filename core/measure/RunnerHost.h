// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <future>
#include <memory>
#include <stop_token>
#include <string>

#include "device/cuda/CudaDevice.h"
#include "measure/CandidateHost.h"
#include "workers/WorkerClient.h"

namespace warploom {

/// How runners are started, and how patient the host is with them.
struct RunnerSettings {
    WorkerCommand command;
    std::chrono::milliseconds startDeadline{30'000};  ///< of one start (driver, context)
    std::chrono::milliseconds callDeadline{10'000};  ///< of calls that run nothing: loading, mapping memory
    /// The runner watches a run's deadline itself; beyond this it is stuck in the driver.
    std::chrono::milliseconds grace{500};
    std::chrono::milliseconds dying{10'000};  ///< how long a killed runner may take to end
    int attempts = 4;  ///< at starting one, until a call fails; later calls try again
    std::chrono::milliseconds firstPause{250};  ///< between them, doubled each time
    std::chrono::milliseconds longestPause{10'000};
};

/// Candidates run in a child process of the judge; a second child stands by with its context made. A runner that
/// faults, hangs or dies is killed with its group and the spare takes over at once.
///
/// What a candidate did while it ran is an outcome. An Error is ProcessFailed when a runner died, also in the middle of
/// a run, for somebody else may have killed it, and Timeout when it did not answer outside of a run (it has been
/// replaced then, and generation() has changed), DeviceFailed when no runner can be had, and the runner's own answer
/// otherwise.
class RunnerHost : public CandidateHost {
public:
    /// \p device "cuda:N", which \p judge has open too: it owns the memory that runners see.
    static Result<std::unique_ptr<RunnerHost>> start(CudaDevice& judge, const std::string& device);
    static Result<std::unique_ptr<RunnerHost>> start(CudaDevice& judge, RunnerSettings settings);
    ~RunnerHost() override;

    [[nodiscard]] std::uint64_t generation() const override { return m_generation; }
    /// Process id of the runner that serves calls; 0 while there is none.
    [[nodiscard]] int runnerPid() const;
    Result<DeviceAddress> attach(const DeviceBuffer& buffer, const BufferRequest& request) override;
    void detach(const DeviceBuffer& buffer) override;
    Result<LoadedModule> load(const CompileProduct& product) override;
    void unload(LoadedModule module) override;
    Result<SymbolPlace> symbol(LoadedModule module, const std::string& loweredName) override;
    Result<> resetGlobals(LoadedModule module) override;
    Result<RunOutcome> run(const std::vector<DeviceStep>& steps, const RunLimits& limits) override;
    Result<TimingOutcome> time(const TimingRequest& request) override;

private:
    struct Runner {
        std::shared_ptr<WorkerClient> worker;
        UniqueFd socket;
    };

    RunnerHost(CudaDevice& judge, RunnerSettings settings);

    [[nodiscard]] Result<Runner> launch(const std::stop_token& stop) const;
    /// Launches again with growing pauses; DeviceFailed when every attempt has failed.
    [[nodiscard]] Result<Runner> launchPatiently(const std::stop_token& stop) const;
    void startSpare();
    /// Whether the runner really stands by: one that was killed holds on for as long as the driver takes to clean up,
    /// and a candidate must not be blamed for its death.
    [[nodiscard]] bool answers(const Runner& runner) const;
    Result<Runner> takeSpare();
    /// ProcessFailed when the runner has ended since the last call: it is replaced then.
    Result<> requireRunner();
    void lose();
    Result<> replace();
    /// Replaces a runner that is lost, and only warns when that fails: the next call finds out.
    void replaceNow();
    Result<nlohmann::json> call(const std::string& method, const nlohmann::json& params, CallOptions options);
    Result<nlohmann::json> call(const std::string& method, const nlohmann::json& params);
    /// The fault of a run during which the runner did not answer.
    static Result<Fault> faultOf(const Error& error);

    CudaDevice& m_judge;
    RunnerSettings m_settings;
    Runner m_runner;
    bool m_lost = false;  ///< the runner is of no more use
    std::stop_source m_stop;
    std::future<Result<Runner>> m_spare;
    std::uint64_t m_generation = 1;
};

}  // namespace warploom
