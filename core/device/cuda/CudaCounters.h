// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "device/CounterDevice.h"
#include "device/cuda/CacheCleaner.h"
#include "device/cuda/CudaContext.h"
#include "device/cuda/CudaModules.h"
#include "device/cuda/CudaQueue.h"
#include "device/cuda/CudaTimer.h"
#include "device/cuda/Cupti.h"
#include "device/cuda/MetricPlan.h"
#include "device/cuda/RangeProfiler.h"

namespace warploom {

class CountedPlay;

/// What a GPU counts about the work of one context, see CounterDevice. CUPTI is asked once what there is to count: that
/// takes up to a second.
class CudaCounters {
public:
    CudaCounters(CudaContext& context, CudaQueue& queue, CudaModules& modules, CudaTimer& timer,
                 const DeviceFacts& facts);

    /// Opens CUPTI, which hears only of what is loaded after it: called before any module is. A failure is the same at
    /// each count.
    Result<> open();
    Result<CounterReport> count(const CounterRequest& request);
    Result<InstructionReport> countInstructions(const InstructionRequest& request);
    void release();

private:
#if WARPLOOM_HAS_CUPTI_RANGES
    /// Which passes count these metrics; the last ones are kept.
    Result<std::shared_ptr<MetricPlan>> planFor(const std::vector<std::string>& metrics);
    /// For the last plan and number of launches it is kept.
    Result<RangeProfiler*> profilerFor(const std::shared_ptr<MetricPlan>& plan, std::size_t launches);
    Result<> collect(const CounterRequest& request, CountedPlay& play, CounterReport& report);
    Result<> sample(const InstructionRequest& request, CountedPlay& play, InstructionReport& report);
    Result<> patch(const InstructionRequest& request, CountedPlay& play, InstructionReport& report);

    std::shared_ptr<const Cupti> m_cupti;
    std::string m_chip;
    std::vector<std::uint8_t> m_availability;
    std::shared_ptr<MetricPlan> m_plan;
    std::vector<std::string> m_planMetrics;  ///< that m_plan was made for
    std::unique_ptr<RangeProfiler> m_profiler;
#endif

    CudaContext& m_context;
    CudaQueue& m_queue;
    CudaModules& m_modules;
    CudaTimer& m_timer;
    CacheCleaner m_cleaner;
};

}  // namespace warploom
