// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "base/Error.h"

namespace warploom {

/// Remembers failed starts, for all who start the same program: after \p attempts in a row, starting is refused for a
/// while that doubles with every further failure.
class StartBackOff {
public:
    using Clock = std::chrono::steady_clock;

    StartBackOff(int attempts, std::chrono::milliseconds first, std::chrono::milliseconds longest);

    /// Why starting is no use at \p now; nothing if it should be tried. Only one caller is let through after each
    /// pause.
    std::optional<Error> refusal(Clock::time_point now);
    void succeeded();
    /// Returns how long to wait before the next attempt, nothing if the caller should give up. What was \p begun before
    /// the latest failure is no further one in a row: several callers may try at the same time.
    std::optional<std::chrono::milliseconds> failed(const Error& error, Clock::time_point now,
                                                    std::optional<Clock::time_point> begun = {});

private:
    const int m_attempts;
    const std::chrono::milliseconds m_first;
    const std::chrono::milliseconds m_longest;
    std::mutex m_mutex;
    int m_failures = 0;
    Clock::time_point m_failedAt{};  ///< the latest failure that counted
    Clock::time_point m_retryAt{};
    std::optional<Error> m_reason;
};

}  // namespace warploom
