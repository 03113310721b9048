// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <mutex>
#include <vector>

#include "agent/llm/RetryPolicy.h"

namespace warploom::test {

/// Time that passes only when somebody sleeps.
class FakeTime {
public:
    RetryClock clock()
    {
        return {[this] {
                    const std::lock_guard lock(m_mutex);
                    return std::chrono::steady_clock::time_point() + m_elapsed;
                },
                [this](std::chrono::milliseconds pause, std::stop_token) {
                    const std::lock_guard lock(m_mutex);
                    m_elapsed += pause;
                    m_pauses.push_back(pause);
                    return true;
                }};
    }
    std::vector<std::chrono::milliseconds> pauses()
    {
        const std::lock_guard lock(m_mutex);
        return m_pauses;
    }

private:
    std::mutex m_mutex;
    std::chrono::milliseconds m_elapsed{};
    std::vector<std::chrono::milliseconds> m_pauses;
};

}  // namespace warploom::test
