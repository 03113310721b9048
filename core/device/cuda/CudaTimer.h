// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/Random.h"
#include "device/Device.h"
#include "device/cuda/CudaContext.h"
#include "device/cuda/CudaQueue.h"

namespace warploom {

/// Times steps between two events, with everything queued before the first of them is reached.
class CudaTimer {
public:
    /// \p facts outlives the timer.
    CudaTimer(CudaContext& context, CudaQueue& queue, CudaModules& modules, const DeviceFacts& facts)
        : m_context(context)
        , m_queue(queue)
        , m_modules(modules)
        , m_facts(facts)
    {
    }
    ~CudaTimer();
    CudaTimer(const CudaTimer&) = delete;
    CudaTimer& operator=(const CudaTimer&) = delete;

    /// Tries again where the gate opened before everything was queued; the last figure counts, marked as not gated.
    /// Several plans are played as one graph, and refused (see TimingOutcome::notBatched) where that cannot be.
    Result<TimingOutcome> time(const TimingRequest& request);
    /// Puts the eviction of L2 on the stream, as it stands before a cold figure.
    Result<> evictCache();

private:
    using Moment = std::chrono::steady_clock::time_point;
    class Gate;
    class Graph;

    Result<> setUp();
    Result<> setUpKernels();
    Result<> setUpEviction();
    Result<> launchOwn(CUfunction function, unsigned blocks, unsigned threads, std::span<void*> arguments,
                       unsigned shared = 0);
    Result<> evict();
    /// Overwrites shared memory on every multiprocessor where \p timed uses any, so that nothing outlives a launch
    /// there.
    Result<> scrub(std::span<const DeviceStep> timed);
    /// Everything untimed, up to the point where only eviction is left.
    Result<std::optional<Fault>> enqueueUntimed(const TimingRequest& request);
    Result<TimingOutcome> attempt(const TimingRequest& request, Moment deadline);
    Result<std::optional<Fault>> enqueueGated(const TimingRequest& request, Gate& gate);
    Result<TimingOutcome> timeBatch(const TimingRequest& request, Moment deadline);
    /// Why the plans cannot be played as a graph; empty when they can, and \p graph is ready then.
    Result<std::string> capture(const TimingRequest& request, Graph& graph);
    Result<std::optional<Fault>> record(const TimingRequest& request);
    Result<bool> canRemember(std::span<const DeviceStep> steps);
    /// Time between the two events; both have been reached.
    Result<Microseconds> elapsed();

    CudaContext& m_context;
    CudaQueue& m_queue;
    CudaModules& m_modules;
    const DeviceFacts& m_facts;
    CUmodule m_module = nullptr;
    CUfunction m_evict = nullptr;
    CUfunction m_gate = nullptr;
    CUfunction m_scrub = nullptr;
    CUevent m_begin = nullptr;
    CUevent m_end = nullptr;
    CUdeviceptr m_evictWords = 0;
    CUdeviceptr m_gateAddress = 0;
    std::uint64_t m_evictBytes = 0;
    unsigned m_scrubBytes = 0;  ///< 0 where the driver gives the scrubber no shared memory
    std::uint32_t* m_gateFlags = nullptr;  ///< host memory that the card sees: [0] opened, [1] given up
    std::uint32_t m_lastTicket = 0;
    RandomStream m_patterns{0x5C12B};
};

}  // namespace warploom
