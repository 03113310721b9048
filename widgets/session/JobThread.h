// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace warploom {

/// One thread that carries out jobs in order, so that nothing slow runs on the UI thread. Jobs get a token that is
/// stopped by cancel() and by the destructor, which waits for the job that runs and drops the others.
class JobThread {
public:
    using Job = std::function<void(std::stop_token)>;

    JobThread();
    ~JobThread();
    JobThread(const JobThread&) = delete;
    JobThread& operator=(const JobThread&) = delete;

    void post(Job job);
    /// Stops the job that runs and drops those that wait.
    void cancel();

private:
    void work(std::stop_token stop);

    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<Job> m_jobs;
    std::stop_source m_current;
    std::jthread m_thread;  ///< last: it uses everything above
};

}  // namespace warploom
