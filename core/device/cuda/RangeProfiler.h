// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/Result.h"
#include "device/cuda/MetricPlan.h"

#if WARPLOOM_HAS_CUPTI_RANGES

namespace warploom {

/// Reads hardware counters of every kernel launch by itself, in as many passes as the metrics need. The work is the
/// caller's to repeat, with the same inputs each time. One at a time in a process, and never beside timing: launches
/// are serialised while it is enabled.
class RangeProfiler {
public:
    /// Metrics by CUPTI's name.
    using Metrics = std::map<std::string, double>;

    /// \p context is current; a pass launches at most \p launches kernels. Unsupported with advice where counters are
    /// not to be had.
    static Result<std::unique_ptr<RangeProfiler>> enable(std::shared_ptr<const Cupti> cupti, CUcontext context,
                                                         std::shared_ptr<MetricPlan> plan, std::size_t launches);
    ~RangeProfiler();
    RangeProfiler(const RangeProfiler&) = delete;
    RangeProfiler& operator=(const RangeProfiler&) = delete;

    [[nodiscard]] bool fits(const MetricPlan& plan, std::size_t launches) const
    {
        return m_plan.get() == &plan && m_launches == launches;
    }
    /// Forgets what was counted: for the same plan and number of launches once more. Enabling costs 0.2 s and more.
    Result<> rearm();
    /// Once a pass, until every pass is done, calls \p reset with the number of the pass from 0, then \p work, whose
    /// launches are counted; both have finished when they return.
    Result<> collect(const std::function<Result<>(std::size_t pass)>& reset, const std::function<Result<>()>& work);
    /// After collect(): a launch an entry, in their order.
    Result<std::vector<Metrics>> read();

private:
    RangeProfiler(std::shared_ptr<const Cupti> cupti, std::shared_ptr<MetricPlan> plan, std::size_t launches);

    Result<> makeCounterData();
    Result<> configure();
    Result<> begin();
    /// Whether that was the last pass.
    Result<bool> end();

    std::shared_ptr<const Cupti> m_cupti;
    std::shared_ptr<MetricPlan> m_plan;
    std::size_t m_launches;
    CUpti_RangeProfiler_Object* m_profiler = nullptr;
    std::vector<std::uint8_t> m_counterData;
    bool m_isCounting = false;
};

/// Which metrics this GPU's counters can yield: an image for MetricPlan. \p context is current.
Result<std::vector<std::uint8_t>> counterAvailability(const Cupti& cupti, CUcontext context);
/// "GH100"; Unsupported, with what is in the way, where this device's counters cannot be read.
Result<std::string> profiledChip(const Cupti& cupti, CUdevice device, int ordinal);

}  // namespace warploom

#endif
