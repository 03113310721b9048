// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/Error.h"
#include "base/Random.h"

namespace warploom {

struct RetryLimits {
    int tries = 5;  ///< the first included
    std::chrono::milliseconds first{1'000};  ///< pause after the first failure; doubles with each
    std::chrono::milliseconds longest{30'000};  ///< pause, unless the server asks for more
    std::chrono::milliseconds total{1'200'000};  ///< over all tries and pauses
};

/// The time, so that tests need not wait for it.
struct RetryClock {
    std::function<std::chrono::steady_clock::time_point()> now;
    /// False if \p stop ended it.
    std::function<bool(std::chrono::milliseconds pause, std::stop_token stop)> sleep;

    static RetryClock real();
};

/// A request that failed.
struct FailedTry {
    Error error;
    std::optional<std::chrono::milliseconds> retryAfter;  ///< what the server asked for
    bool hadText = false;  ///< some of the answer has been handed out already
};

/// Whether and when a failed request is tried again. May be called from any thread.
class RetryPolicy {
public:
    RetryPolicy(RetryLimits limits, std::uint64_t seed);

    /// How long to wait after the failure number \p failures, \p elapsed after the first try began; nothing: give up.
    std::optional<std::chrono::milliseconds> pauseAfter(const FailedTry& failed, int failures,
                                                        std::chrono::milliseconds elapsed);

private:
    double jitter();  ///< uniform in [0, 1)

    const RetryLimits m_limits;
    std::mutex m_mutex;
    RandomStream m_random;
};

/// Whether the same request may go well the next time: the server is overloaded, has failed or was not there.
bool isWorthRetrying(const Error& error);

/// Value of a Retry-After header: seconds, or an HTTP date counted from \p now. Nothing where it is neither.
std::optional<std::chrono::milliseconds> parseRetryAfter(const std::string& value,
                                                         std::chrono::system_clock::time_point now);

}  // namespace warploom
