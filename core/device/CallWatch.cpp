// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/CallWatch.h"

namespace warploom {

namespace {

/// How late an overdue call may be noticed. Calls of microseconds are not worth a wake-up each.
constexpr std::chrono::milliseconds kTick{200};

}  // namespace

CallWatch::CallWatch(Overdue overdue)
    : m_overdue(std::move(overdue))
    , m_thread([this](const std::stop_token& stop) { watch(stop); })
{
}

CallWatch::~CallWatch()
{
    m_thread.request_stop();
    m_thread.join();
}

void CallWatch::watch(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    while (!stop.stop_requested()) {
        m_begun.wait_for(lock, stop, kTick, [] { return false; });
        if (m_call == nullptr || Clock::now() < m_due)
            continue;
        const std::string call = m_call;
        lock.unlock();
        m_overdue(call);
        return;
    }
}

CallWatch::Guard::Guard(CallWatch& watch, const char* call, std::chrono::milliseconds limit)
    : m_watch(watch)
{
    const std::lock_guard lock(m_watch.m_mutex);
    m_watch.m_call = call;
    m_watch.m_due = Clock::now() + limit;
}

CallWatch::Guard::~Guard()
{
    const std::lock_guard lock(m_watch.m_mutex);
    m_watch.m_call = nullptr;
}

}  // namespace warploom
