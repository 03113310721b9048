// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "protocol/CounterReport.h"
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

private:
    Result<> start(std::stop_token stop);

    std::string m_device;
    nlohmann::json m_taskParams;
    std::shared_ptr<WorkerClient> m_worker;
};

}  // namespace warploom
