// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "device/CounterDevice.h"
#include "device/cuda/CacheCleaner.h"
#include "device/cuda/CudaModules.h"
#include "device/cuda/CudaQueue.h"
#include "device/cuda/CudaTimer.h"

namespace warploom {

/// Plays a counted plan, each time from the same state. Once a launch has faulted fault() holds it, and every call
/// fails: an Error is only the way out then.
class CountedPlay {
public:
    CountedPlay(CudaQueue& queue, CudaModules& modules, CudaTimer& timer, CacheCleaner& cleaner,
                const CountedWork& work);

    /// Before anything counts: it loads kernels, which CUPTI would take note of.
    Result<> prepare();
    /// Variables, buffers and caches as they are at the beginning of each time; it has finished when this returns.
    Result<> reset();
    /// Puts steps on the stream and waits for their end.
    Result<> perform(std::span<const DeviceStep> steps);

    [[nodiscard]] const std::optional<Fault>& fault() const { return m_fault; }

private:
    [[nodiscard]] Result<> checkFault() const;
    Result<> emptyCache();
    Result<> finish(const std::string& where);

    CudaQueue& m_queue;
    CudaModules& m_modules;
    CudaTimer& m_timer;
    CacheCleaner& m_cleaner;
    const CountedWork& m_work;
    std::chrono::steady_clock::time_point m_deadline;
    std::optional<Fault> m_fault;
};

}  // namespace warploom
