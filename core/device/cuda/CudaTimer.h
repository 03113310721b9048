// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "device/Device.h"
#include "device/cuda/CudaContext.h"
#include "device/cuda/CudaQueue.h"

namespace warploom {

struct BatchOutcome;

/// Times steps between two events, with everything queued before the first of them is reached.
class CudaTimer {
public:
    /// \p facts outlives the timer.
    CudaTimer(CudaContext& context, CudaQueue& queue, const DeviceFacts& facts)
        : m_context(context)
        , m_queue(queue)
        , m_facts(facts)
    {
    }
    ~CudaTimer();
    CudaTimer(const CudaTimer&) = delete;
    CudaTimer& operator=(const CudaTimer&) = delete;

    /// Tries again where the gate opened before everything was queued; the last figure counts, marked as not gated.
    Result<TimingOutcome> time(const TimingRequest& request);
    Result<BatchOutcome> timeBatch(std::span<const std::vector<DeviceStep>> rotations, int repeats,
                                   std::chrono::milliseconds deadline);

private:
    using Moment = std::chrono::steady_clock::time_point;
    class Gate;
    class Graph;

    Result<> setUp();
    Result<> setUpEviction();
    Result<> launchOwn(CUfunction function, unsigned blocks, unsigned threads, std::span<void*> arguments);
    Result<> evict();
    Result<TimingOutcome> attempt(const TimingRequest& request, Moment deadline);
    Result<std::optional<Fault>> enqueueGated(const TimingRequest& request, Gate& gate);
    Result<std::optional<Fault>> capture(std::span<const std::vector<DeviceStep>> rotations, int repeats, Graph& graph);
    Result<std::optional<Fault>> playGraph(const Graph& graph, const std::string& where, Moment deadline);
    /// Time between the two events; both have been reached.
    Result<Microseconds> elapsed();

    CudaContext& m_context;
    CudaQueue& m_queue;
    const DeviceFacts& m_facts;
    CUmodule m_module = nullptr;
    CUfunction m_evict = nullptr;
    CUfunction m_gate = nullptr;
    CUevent m_begin = nullptr;
    CUevent m_end = nullptr;
    CUdeviceptr m_evictWords = 0;
    CUdeviceptr m_gateAddress = 0;
    std::uint64_t m_evictBytes = 0;
    std::uint32_t* m_gateFlags = nullptr;  ///< host memory that the card sees: [0] opened, [1] given up
    std::uint32_t m_lastTicket = 0;
};

}  // namespace warploom
