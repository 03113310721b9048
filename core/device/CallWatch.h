// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace warploom {

/// Watches the one call that a thread makes at a time, from another thread: a call into a driver that does not return
/// can be ended by nobody else.
class CallWatch {
public:
    /// Told, once, which call is overdue; runs on the watching thread while the call still hangs.
    using Overdue = std::function<void(const std::string& call)>;

    explicit CallWatch(Overdue overdue);
    ~CallWatch();
    CallWatch(const CallWatch&) = delete;
    CallWatch& operator=(const CallWatch&) = delete;

    /// While it lives, one call is under way that must end within \p limit. They do not nest.
    class Guard {
    public:
        Guard(CallWatch& watch, const char* call, std::chrono::milliseconds limit);
        ~Guard();
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        CallWatch& m_watch;
    };

private:
    using Clock = std::chrono::steady_clock;

    void watch(const std::stop_token& stop);

    Overdue m_overdue;
    std::mutex m_mutex;
    std::condition_variable_any m_begun;
    const char* m_call = nullptr;  ///< null: none is under way
    Clock::time_point m_due;
    std::jthread m_thread;  ///< last: it uses everything above
};

}  // namespace warploom
