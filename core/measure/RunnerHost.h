// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <future>
#include <memory>
#include <string>

#include "device/cuda/CudaDevice.h"
#include "measure/CandidateHost.h"
#include "workers/WorkerClient.h"

namespace warploom {

/// Candidates run in a child process of the judge; a second child stands by with its context made. A runner that
/// faults, hangs or dies is killed with its group and the spare takes over at once.
class RunnerHost : public CandidateHost {
public:
    /// \p device "cuda:N", which \p judge has open too: it owns the memory that runners see.
    static Result<std::unique_ptr<RunnerHost>> start(CudaDevice& judge, std::string device);
    ~RunnerHost() override;

    [[nodiscard]] std::uint64_t generation() const override { return m_generation; }
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

    RunnerHost(CudaDevice& judge, std::string device);

    static Result<Runner> launch(const std::string& device);
    void startSpare();
    Result<> replace();
    Result<nlohmann::json> call(const std::string& method, const nlohmann::json& params,
                                std::chrono::milliseconds deadline = std::chrono::seconds(30));
    /// What became of a run during which the runner died or did not answer.
    Result<Fault> faultOf(const Error& error);

    CudaDevice& m_judge;
    std::string m_device;
    Runner m_runner;
    std::future<Result<Runner>> m_spare;
    std::uint64_t m_generation = 1;
};

}  // namespace warploom
