// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/WorkerPool.h"

namespace warploom::emulator {

WorkerPool::WorkerPool(unsigned size)
{
    for (unsigned i = 1; i < size; ++i)
        m_threads.emplace_back([this, i] { work(i); });
}

WorkerPool::~WorkerPool()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    for (std::thread& thread : m_threads)
        thread.join();
}

void WorkerPool::runInAll(const std::function<void(unsigned)>& job)
{
    {
        const std::lock_guard lock(m_mutex);
        m_job = &job;
        m_running = static_cast<unsigned>(m_threads.size());
        ++m_round;
    }
    m_wake.notify_all();
    job(0);
    std::unique_lock lock(m_mutex);
    m_done.wait(lock, [this] { return m_running == 0; });
    m_job = nullptr;
}

void WorkerPool::work(unsigned number)
{
    std::uint64_t seen = 0;
    while (true) {
        const std::function<void(unsigned)>* job = nullptr;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, [&] { return m_stopping || m_round != seen; });
            if (m_stopping)
                return;
            seen = m_round;
            job = m_job;
        }
        (*job)(number);
        const std::lock_guard lock(m_mutex);
        if (--m_running == 0)
            m_done.notify_one();
    }
}

}  // namespace warploom::emulator
