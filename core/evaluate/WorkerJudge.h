// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "evaluate/JudgeClient.h"
#include "protocol/DevicePeaks.h"
#include "workers/WorkerClient.h"

namespace warploom {

/// The judge in a device worker. A worker that dies is started again, with the task reopened, and asked once more, for
/// it may have been killed from outside; what kills a second one fails with ProcessFailed. One that hangs is killed and
/// the call fails with Timeout. DeviceFailed when it cannot be started again.
class WorkerJudge : public JudgeClient {
public:
    /// Starts the worker for \p device ("emulator", "cuda:0"). DeviceMissing or LibraryMissing when there is none.
    static Result<std::unique_ptr<WorkerJudge>> start(const std::string& device, std::stop_token stop);

    [[nodiscard]] const DeviceFacts& facts() const override { return m_facts; }
    [[nodiscard]] int process() const override { return m_worker->pid(); }
    /// Compiler the judge uses for references: "NVRTC 13.0".
    [[nodiscard]] const std::string& compiler() const { return m_compiler; }
    [[nodiscard]] const std::string& build() const { return m_build; }
    /// How often the worker had to be started again.
    [[nodiscard]] int restarts() const { return m_restarts; }

    Result<> openTask(const Task& task) override { return openTask(task, {}); }
    Result<> openTask(const Task& task, std::stop_token stop);
    Result<CaseReport> verify(const VerifyQuestion& question, std::stop_token stop) override;
    Result<CaseAudit> audit(const VerifyQuestion& question, std::stop_token stop) override;
    Result<TimingReport> time(const TimingQuestion& question, std::stop_token stop) override;
    Result<ModelReport> model(const CandidateSpec& candidate, const std::string& size, std::stop_token stop) override;
    /// What the device can do at most, measured now (some seconds); needs no task. Unsupported on the emulator. A
    /// device that faults meanwhile gets another judge at the next call.
    Result<DevicePeaks> peaks(std::stop_token stop);

private:
    explicit WorkerJudge(std::string device)
        : m_device(std::move(device))
    {
    }

    Result<> connect(std::stop_token stop);
    /// Throws what nlohmann::json throws where the identity breaks its format.
    Result<> takeIdentity(const PeerIdentity& identity);
    /// Connects, and opens the task that was open.
    Result<> restart(std::stop_token stop);
    Result<> ensureAlive(std::stop_token stop);
    Result<nlohmann::json> call(const std::string& method, const nlohmann::json& params,
                                std::chrono::milliseconds deadline, std::stop_token stop);
    /// What \p method answers, from a second worker where the first dies of it.
    Result<nlohmann::json> ask(const std::string& method, const nlohmann::json& params,
                               std::chrono::milliseconds deadline, std::stop_token stop);

    std::string m_device;
    std::shared_ptr<WorkerClient> m_worker;
    DeviceFacts m_facts;
    std::string m_compiler;
    std::string m_build;
    nlohmann::json m_openParams;  ///< of the task that is open; null before
    int m_restarts = -1;
    std::atomic<bool> m_unanswered{false};  ///< the worker left a call unanswered and is being killed
};

}  // namespace warploom
