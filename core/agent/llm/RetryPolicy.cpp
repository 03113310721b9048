// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/RetryPolicy.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <condition_variable>
#include <ctime>

#include <curl/curl.h>

namespace warploom {

namespace {

using std::chrono::milliseconds;

constexpr double kLongestAsked = 1e6;  // seconds, some eleven days: no run waits for more

bool sleepUnlessStopped(milliseconds pause, std::stop_token stop)
{
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, pause, [] { return false; });
    return !stop.stop_requested();
}

milliseconds scaled(milliseconds time, double factor)
{
    return milliseconds(static_cast<std::int64_t>(static_cast<double>(time.count()) * factor));
}

}  // namespace

RetryClock RetryClock::real()
{
    return {[] { return std::chrono::steady_clock::now(); }, &sleepUnlessStopped};
}

RetryPolicy::RetryPolicy(RetryLimits limits, std::uint64_t seed)
    : m_limits(limits)
    , m_random(seed)
{
}

double RetryPolicy::jitter()
{
    const std::lock_guard lock(m_mutex);
    return m_random.unit();
}

std::optional<milliseconds> RetryPolicy::pauseAfter(const FailedTry& failed, int failures, milliseconds elapsed)
{
    if (failed.hadText || failures >= m_limits.tries || !isWorthRetrying(failed.error))
        return std::nullopt;
    // Half of it is chance: those who failed together shall not come back together.
    const double doubled = std::exp2(std::min(failures - 1, 30));
    const milliseconds usual = std::min(scaled(m_limits.first, doubled), m_limits.longest);
    milliseconds pause = scaled(usual, 0.5 + 0.5 * jitter());
    if (failed.retryAfter)
        pause =
            std::max(pause, *failed.retryAfter + scaled(std::min(*failed.retryAfter, m_limits.first), 0.1 * jitter()));
    if (elapsed + pause >= m_limits.total)
        return std::nullopt;
    return pause;
}

bool isWorthRetrying(const Error& error)
{
    return error.code == ErrorCode::RateLimited || error.code == ErrorCode::ServerFailed
        || error.code == ErrorCode::ServerUnreachable;
}

std::optional<milliseconds> parseRetryAfter(const std::string& value, std::chrono::system_clock::time_point now)
{
    double seconds = 0;
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (fault == std::errc() && end == value.data() + value.size()) {
        if (!(seconds >= 0))
            return std::nullopt;
        return milliseconds(static_cast<std::int64_t>(std::min(seconds, kLongestAsked) * 1000));
    }
    const std::time_t date = curl_getdate(value.c_str(), nullptr);
    if (date < 0)
        return std::nullopt;
    const auto wait = std::chrono::system_clock::from_time_t(date) - now;
    return std::clamp(std::chrono::duration_cast<milliseconds>(wait), milliseconds(0),
                      milliseconds(static_cast<std::int64_t>(kLongestAsked * 1000)));
}

}  // namespace warploom
