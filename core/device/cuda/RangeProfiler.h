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

/// Reads hardware counters over named stretches of work in the current context, in as many passes as the metrics need.
/// The work is the caller's to repeat, with the same inputs each time. One at a time in a process, and never beside
/// timing: launches are serialised while it is enabled.
class RangeProfiler {
public:
    /// Metrics by CUPTI's name, by range in the order of their first push.
    using RangeMetrics = std::vector<std::pair<std::string, std::map<std::string, double>>>;

    /// \p context is current; at most \p ranges different names are pushed a pass. Unsupported with advice where
    /// counters are not to be had.
    static Result<std::unique_ptr<RangeProfiler>> enable(std::shared_ptr<const Cupti> cupti, CUcontext context,
                                                         std::unique_ptr<MetricPlan> plan, std::size_t ranges);
    ~RangeProfiler();
    RangeProfiler(const RangeProfiler&) = delete;
    RangeProfiler& operator=(const RangeProfiler&) = delete;

    [[nodiscard]] MetricPlan& plan() { return *m_plan; }
    /// Calls \p work once a pass, with the number of the pass from 0, until every pass is done; \p work pushes and
    /// pops.
    Result<> collect(const std::function<Result<>(std::size_t pass)>& work);
    Result<> push(const std::string& range);
    /// Ends the range that was pushed last; what it holds must have finished.
    Result<> pop();
    /// After collect().
    Result<RangeMetrics> read();

private:
    RangeProfiler(std::shared_ptr<const Cupti> cupti, std::unique_ptr<MetricPlan> plan);

    Result<> prepareCounterData(std::size_t ranges);
    Result<> configure(std::size_t ranges);
    Result<> begin();
    /// Whether that was the last pass.
    Result<bool> end();

    std::shared_ptr<const Cupti> m_cupti;
    std::unique_ptr<MetricPlan> m_plan;
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
