// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CountedPlay.h"

namespace warploom {

CountedPlay::CountedPlay(CudaQueue& queue, CudaModules& modules, CudaTimer& timer, CacheCleaner& cleaner,
                         const CountedWork& work)
    : m_queue(queue)
    , m_modules(modules)
    , m_timer(timer)
    , m_cleaner(cleaner)
    , m_work(work)
{
}

Result<> CountedPlay::checkFault() const
{
    return m_fault ? fail(ErrorCode::DeviceFailed, m_fault->message) : Result<>();
}

Result<> CountedPlay::prepare()
{
    for (const auto* steps : {&m_work.prepare, &m_work.steps}) {
        WARPLOOM_TRY(m_fault, m_queue.prepare(*steps));
        WARPLOOM_CHECK(checkFault());
    }
    return {};
}

Result<> CountedPlay::reset()
{
    m_deadline = std::chrono::steady_clock::now() + m_work.deadline;
    for (const LoadedModule module : m_work.reset)
        WARPLOOM_CHECK(m_modules.resetGlobals(module));
    WARPLOOM_CHECK(perform(m_work.prepare));
    if (m_work.cold)
        WARPLOOM_CHECK(emptyCache());
    return finish({});
}

Result<> CountedPlay::perform(std::span<const DeviceStep> steps)
{
    WARPLOOM_TRY(m_fault, m_queue.enqueueAll(steps));
    WARPLOOM_CHECK(checkFault());
    return finish(CudaQueue::kernelNames(steps));
}

Result<> CountedPlay::emptyCache()
{
    auto cleaned = m_cleaner.clean();
    return !cleaned && cleaned.error().code == ErrorCode::Unsupported ? m_timer.evictCache() : cleaned;
}

Result<> CountedPlay::finish(const std::string& where)
{
    WARPLOOM_TRY(m_fault, m_queue.wait(m_deadline, where));
    return checkFault();
}

}  // namespace warploom
