// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "workers/StartBackOff.h"

#include <algorithm>

namespace warploom {

namespace {

constexpr int kMostDoublings = 20;

}  // namespace

StartBackOff::StartBackOff(int attempts, std::chrono::milliseconds first, std::chrono::milliseconds longest)
    : m_attempts(std::max(attempts, 1))
    , m_first(first)
    , m_longest(longest)
{
}

std::optional<Error> StartBackOff::refusal(Clock::time_point now)
{
    const std::lock_guard lock(m_mutex);
    if (m_failures < m_attempts)
        return std::nullopt;
    if (now < m_retryAt)
        return m_reason;
    m_retryAt = now + m_longest;
    return std::nullopt;
}

void StartBackOff::succeeded()
{
    const std::lock_guard lock(m_mutex);
    m_failures = 0;
    m_reason.reset();
}

std::optional<std::chrono::milliseconds> StartBackOff::failed(const Error& error, Clock::time_point now,
                                                              std::optional<Clock::time_point> begun)
{
    using std::chrono::milliseconds;
    const std::lock_guard lock(m_mutex);
    // A missing program, or one of another build, does not get better by waiting.
    const bool isHopeless = error.isNotFound() || error.code == ErrorCode::VersionMismatch;
    if (begun && m_failures > 0 && *begun < m_failedAt && !isHopeless) {
        if (m_failures >= m_attempts)
            return std::nullopt;
        return std::max(std::chrono::ceil<milliseconds>(m_retryAt - now), milliseconds(0));
    }
    m_failedAt = now;
    m_failures = isHopeless ? std::max(m_failures + 1, m_attempts) : m_failures + 1;
    const auto pause = std::min(m_longest, m_first * (1 << std::min(m_failures - 1, kMostDoublings)));
    m_retryAt = now + pause;
    m_reason = error;
    if (m_failures >= m_attempts)
        return std::nullopt;
    return pause;
}

}  // namespace warploom
