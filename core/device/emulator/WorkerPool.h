// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace warploom::emulator {

/// Threads that stay for the life of a device. The caller's thread works too.
class WorkerPool {
public:
    /// \p size threads in all, the caller's included; at least 1.
    explicit WorkerPool(unsigned size);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    [[nodiscard]] unsigned size() const { return static_cast<unsigned>(m_threads.size()) + 1; }
    /// Calls \p job(i) once in every thread, i from 0 to size() − 1, and returns when all have ended. One at a time.
    void runInAll(const std::function<void(unsigned)>& job);

private:
    void work(unsigned number);

    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::condition_variable m_done;
    const std::function<void(unsigned)>* m_job = nullptr;
    std::uint64_t m_round = 0;
    unsigned m_running = 0;
    bool m_stopping = false;
    std::vector<std::thread> m_threads;
};

}  // namespace warploom::emulator
