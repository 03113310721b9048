// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "protocol/CounterReport.h"
#include "protocol/InstructionReport.h"
#include "protocol/JudgeValues.h"
#include "task/Task.h"
#include "workers/WorkerClient.h"

namespace warploom {

/// What is counted, where.
struct CounterQuestion {
    CandidateSpec candidate;
    std::string size;
    std::vector<std::string> metrics;  ///< CUPTI's names
    bool cold = true;
    std::chrono::milliseconds deadline{10'000};  ///< of one pass
};

/// The same, instruction by instruction.
struct InstructionQuestion {
    CandidateSpec candidate;
    std::string size;
    InstructionFigure figure = InstructionFigure::Stalls;
    std::chrono::milliseconds deadline{10'000};  ///< of one time that the plan is played
};

/// The profile worker of one GPU. It runs candidates in its own process, so that it is started again after each that
/// faults. Calls block; one at a time, and never while the GPU is timed.
class CounterWorker {
public:
    using Progress = std::function<void(int pass, int passes)>;

    /// \p device "cuda:N". Nothing is started before the first count.
    CounterWorker(std::string device, const Task& task);

    /// A candidate that faults is a report with its fault. Unsupported (with what would help) or LibraryMissing where
    /// counters are not to be had.
    Result<CounterReport> count(const CounterQuestion& question, std::stop_token stop, const Progress& progress = {});
    /// Without lines. Progress has no number of passes. Each is asked of a process of its own: see PcSampler and
    /// SassCounter.
    Result<InstructionReport> countInstructions(const InstructionQuestion& question, std::stop_token stop,
                                                const Progress& progress = {});

private:
    [[nodiscard]] Result<std::shared_ptr<WorkerClient>> start(std::stop_token stop) const;
    /// Reports of a candidate that has taken the worker with it hold a fault alone.
    template <typename Report>
    Result<Report> ask(WorkerClient& worker, const char* method, nlohmann::json params, const std::string& size,
                       std::chrono::milliseconds deadline, std::stop_token stop, const Progress& progress);
    std::string m_device;
    nlohmann::json m_taskParams;
    std::shared_ptr<WorkerClient> m_worker;  ///< of counters, kept warm
};

}  // namespace warploom
