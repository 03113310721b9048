// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace warploom {

/// Closures that other threads leave for the engine's thread, run in order.
class Mailbox {
public:
    using Message = std::function<void()>;

    /// From any thread.
    void post(Message message)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_messages.push_back(std::move(message));
        }
        m_arrived.notify_one();
    }

    /// Runs everything that has arrived; waits up to \p patience for the first message.
    void runAll(std::chrono::milliseconds patience)
    {
        std::unique_lock lock(m_mutex);
        m_arrived.wait_for(lock, patience, [this] { return !m_messages.empty(); });
        std::deque<Message> batch;
        batch.swap(m_messages);
        lock.unlock();
        for (Message& message : batch)
            message();
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_arrived;
    std::deque<Message> m_messages;
};

}  // namespace warploom
