// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CudaContext.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace warploom {

namespace {

using Clock = std::chrono::steady_clock;

/// Up to here waiting spins, so that the end of a short kernel is seen at once.
constexpr std::chrono::milliseconds kSpinTime{2};
constexpr std::chrono::microseconds kLongestNap{500};
constexpr std::chrono::milliseconds kStopGrace{200};
constexpr std::chrono::seconds kCopyDeadline{60};
constexpr std::array<std::size_t, 4> kHeapSizes{0, 1, 64 * 1024, 1024 * 1024};
constexpr std::size_t kPrintfBytes = 64 * 1024;

/// Naps a fiftieth of the time already waited: noticed late by 2 % at most.
void napAfter(Clock::duration waited)
{
    if (waited < kSpinTime)
        std::this_thread::yield();
    else
        std::this_thread::sleep_for(std::min<Clock::duration>(waited / 50, kLongestNap));
}

}  // namespace

Result<std::unique_ptr<CudaContext>> CudaContext::create(CudaDriver driver, int ordinal)
{
    std::unique_ptr<CudaContext> context(new CudaContext(driver));
    WARPLOOM_CHECK(driver.check(driver.deviceGet(&context->m_device, ordinal), "open the GPU"));
    WARPLOOM_CHECK(driver.check(driver.primaryCtxRetain(&context->m_context, context->m_device), "make a context"));
    WARPLOOM_CHECK(driver.check(driver.ctxSetCurrent(context->m_context), "use the context"));
    // Kernels must not remember anything between launches: the smallest device heap that this driver admits.
    for (const std::size_t bytes : kHeapSizes) {
        if (driver.ctxSetLimit(CU_LIMIT_MALLOC_HEAP_SIZE, bytes) == CUDA_SUCCESS)
            break;
    }
    static_cast<void>(driver.ctxSetLimit(CU_LIMIT_PRINTF_FIFO_SIZE, kPrintfBytes));
    // What a kernel wants to stay in L2 must not outlive the eviction: refused where a card has no such part of L2.
    static_cast<void>(driver.ctxSetLimit(CU_LIMIT_PERSISTING_L2_CACHE_SIZE, 0));
    WARPLOOM_CHECK(driver.check(driver.streamCreate(&context->m_stream, CU_STREAM_NON_BLOCKING), "make a stream"));
    return context;
}

CudaContext::~CudaContext()
{
    if (broken())
        return;
    if (m_stream != nullptr)
        static_cast<void>(m_driver.streamDestroy(m_stream));
    if (m_context != nullptr)
        static_cast<void>(m_driver.primaryCtxRelease(m_device));
}

void CudaContext::breakBy(std::string reason)
{
    if (!broken())
        m_brokenBy = reason.empty() ? "an unknown failure" : std::move(reason);
}

Result<> CudaContext::usable() const
{
    if (!broken())
        return {};
    return fail(ErrorCode::DeviceFailed,
                fmt::format("this process cannot use the GPU any more after {}: it must be replaced", m_brokenBy));
}

Result<> CudaContext::check(CUresult result, std::string_view what)
{
    if (isSticky(result))
        breakBy(m_driver.nameOf(result));
    return m_driver.check(result, what);
}

CudaContext::WaitOutcome CudaContext::waitIdle(Clock::time_point deadline, const std::stop_token& stop)
{
    const Clock::time_point begin = Clock::now();
    bool stopping = false;
    while (true) {
        const CUresult result = m_driver.streamQuery(m_stream);
        if (result == CUDA_SUCCESS)
            return {stopping ? WaitEnd::Stopped : WaitEnd::Idle, result};
        if (result != CUDA_ERROR_NOT_READY)
            return {WaitEnd::Failed, result};
        const Clock::time_point now = Clock::now();
        if (now >= deadline)
            return {stopping ? WaitEnd::Stopped : WaitEnd::Deadline, result};
        if (!stopping && stop.stop_requested()) {
            stopping = true;
            deadline = std::min(deadline, now + kStopGrace);
        }
        napAfter(now - begin);
    }
}

Result<> CudaContext::finish(std::string_view what)
{
    const WaitOutcome outcome = waitIdle(Clock::now() + kCopyDeadline);
    if (outcome.end == WaitEnd::Idle)
        return {};
    if (outcome.end == WaitEnd::Failed)
        return check(outcome.result, what);
    breakBy("a copy that did not end");
    return fail(ErrorCode::DeviceFailed, fmt::format("cannot {}: the GPU did not finish within a minute", what));
}

}  // namespace warploom
