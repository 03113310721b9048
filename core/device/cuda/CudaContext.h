// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "device/cuda/CudaDriver.h"

namespace warploom {

/// The primary context of one GPU, current in the thread that made it, with the one stream that all work goes through.
/// After a sticky failure it is broken: it then frees nothing, since those calls could wait for an endless kernel.
class CudaContext {
public:
    static Result<std::unique_ptr<CudaContext>> create(CudaDriver driver, int ordinal);
    ~CudaContext();
    CudaContext(const CudaContext&) = delete;
    CudaContext& operator=(const CudaContext&) = delete;

    [[nodiscard]] const CudaDriver& driver() const { return m_driver; }
    [[nodiscard]] CUdevice device() const { return m_device; }
    [[nodiscard]] CUcontext handle() const { return m_context; }
    [[nodiscard]] CUstream stream() const { return m_stream; }

    [[nodiscard]] bool broken() const { return !m_brokenBy.empty(); }
    void breakBy(std::string reason);
    /// DeviceFailed once the context is broken: the process must be replaced.
    [[nodiscard]] Result<> usable() const;
    /// Like CudaDriver::check, and breaks the context on a sticky result.
    Result<> check(CUresult result, std::string_view what);

    enum class WaitEnd { Idle, Deadline, Stopped, Failed };
    struct WaitOutcome {
        WaitEnd end = WaitEnd::Idle;
        CUresult result = CUDA_SUCCESS;  ///< with Failed: what the driver said
    };
    /// Polls until the stream is idle; never blocks in the driver. A requested stop leaves running work a moment to
    /// end.
    WaitOutcome waitIdle(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop = {});
    /// Waits for copies of our own; breaks the context when they do not end within a minute.
    Result<> finish(std::string_view what);

private:
    explicit CudaContext(CudaDriver driver)
        : m_driver(driver)
    {
    }

    CudaDriver m_driver;
    CUdevice m_device = 0;
    CUcontext m_context = nullptr;
    CUstream m_stream = nullptr;
    std::string m_brokenBy;
};

}  // namespace warploom
