// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/JobThread.h"

namespace warploom {

JobThread::JobThread()
    : m_thread([this](std::stop_token stop) { work(std::move(stop)); })
{
}

JobThread::~JobThread()
{
    cancel();
    m_thread.request_stop();
}

void JobThread::post(Job job)
{
    const std::lock_guard lock(m_mutex);
    m_jobs.push_back(std::move(job));
    m_changed.notify_one();
}

void JobThread::cancel()
{
    const std::lock_guard lock(m_mutex);
    m_jobs.clear();
    m_current.request_stop();
}

void JobThread::work(std::stop_token stop)
{
    while (true) {
        Job job;
        std::stop_token token;
        {
            std::unique_lock lock(m_mutex);
            if (!m_changed.wait(lock, stop, [this] { return !m_jobs.empty(); }))
                return;
            job = std::move(m_jobs.front());
            m_jobs.pop_front();
            m_current = std::stop_source();
            token = m_current.get_token();
        }
        job(token);
    }
}

}  // namespace warploom
