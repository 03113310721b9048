// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include <nlohmann/json.hpp>

#include "base/Result.h"
#include "workers/WorkerClient.h"

namespace warploom {

struct WorkerPoolOptions {
    int workers = 1;  ///< how many processes at most
    std::chrono::milliseconds handshakeDeadline = std::chrono::seconds(20);
    std::chrono::milliseconds cancelGrace = std::chrono::milliseconds(300);  ///< see CallOptions
    /// Further processes for what waits while others have run for longer than slowAfter: a few jobs that run away must
    /// not hold up the queue until their deadlines. They end when their job is done.
    int reserves = 0;
    std::chrono::milliseconds slowAfter = std::chrono::seconds(2);
    int recycleAfter = 0;  ///< jobs until a worker is replaced; 0: never
    int startAttempts = 3;  ///< failed starts in a row until jobs are refused
    std::chrono::milliseconds firstBackOff = std::chrono::milliseconds(100);  ///< doubles with every failed start
    std::chrono::milliseconds longestBackOff = std::chrono::seconds(10);
};

struct WorkerJob {
    std::string method;
    nlohmann::json params = nlohmann::json::object();
    std::chrono::milliseconds deadline = std::chrono::minutes(1);  ///< from when a worker begins, not from submit()
    std::function<void(const nlohmann::json&)> onProgress;
    std::stop_token stopToken;
    /// How often it is begun again after its worker has died: never after Timeout or Cancelled, and after OutOfMemory
    /// only where the worker had served other jobs before.
    int retries = 0;
};

struct WorkerPoolCounters {
    std::uint64_t completed = 0;  ///< jobs, well or not
    std::uint64_t failed = 0;  ///< of these, with an Error
    std::uint64_t timeouts = 0;  ///< of these, with Timeout
    std::uint64_t starts = 0;  ///< processes started
    std::uint64_t deaths = 0;  ///< of these, ended or killed while the pool wanted them
    std::uint64_t recycled = 0;
};

/// Runs jobs on worker processes of one kind, first come first served, one job at a time on each. Processes are started
/// when there is work and replaced when they die. A job whose worker dies fails with what became of the worker. While
/// workers cannot be started at all, jobs fail at once with the reason (never ProcessFailed or Timeout, which are a
/// worker's that had begun), and only now and then, at growing intervals, another start is tried.
class WorkerPool {
public:
    /// Throws std::system_error when the system has no thread to give; makes do with what it gives from the first on.
    WorkerPool(WorkerCommand command, WorkerPoolOptions options);
    /// stop(), and waits for its threads; not from a completion.
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// \p completion is called exactly once, on a thread of the pool or, when the job is cancelled before it began, on
    /// the thread that cancels. It may submit again, and must not block for long.
    void submit(WorkerJob job, RpcCompletion completion);
    /// Waits for the outcome.
    Result<nlohmann::json> run(WorkerJob job);

    /// Cancels what waits at once and what runs within the cancel grace, killing workers that do not react. Does not
    /// wait for that; the destructor does (less than a second). Jobs submitted later get Cancelled.
    void stop();

    [[nodiscard]] int busy() const;  ///< jobs that run
    [[nodiscard]] std::size_t queued() const;  ///< jobs that wait
    [[nodiscard]] WorkerPoolCounters counters() const;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace warploom
