// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/Result.h"
#include "device/cuda/Cupti.h"

#if WARPLOOM_HAS_CUPTI_RANGES

namespace warploom {

/// How a chip's counters are set to yield certain metrics, and how metrics are computed of what they have counted.
/// Needs no GPU.
class MetricPlan {
public:
    /// \p chip "GH100"; \p availability: image of the context that will count, empty where there is none. Names that
    /// the chip does not know are left out, see unknown(). Unsupported where it knows none of them, or not the chip.
    static Result<std::unique_ptr<MetricPlan>> make(std::shared_ptr<const Cupti> cupti, const std::string& chip,
                                                    const std::vector<std::string>& metrics,
                                                    std::span<const std::uint8_t> availability = {});
    ~MetricPlan();
    MetricPlan(const MetricPlan&) = delete;
    MetricPlan& operator=(const MetricPlan&) = delete;

    [[nodiscard]] const std::vector<std::string>& metrics() const { return m_metrics; }
    [[nodiscard]] const std::vector<std::string>& unknown() const { return m_unknown; }
    /// How often the work must be done over.
    [[nodiscard]] std::size_t passes() const { return m_passes; }
    [[nodiscard]] std::span<const std::uint8_t> configImage() const { return m_image; }
    /// Names for CUPTI's structures; valid as long as the plan.
    [[nodiscard]] std::span<const char*> names() { return m_names; }
    /// A value a metric, of range \p range of decoded counter data.
    Result<std::vector<double>> evaluate(std::span<const std::uint8_t> counterData, std::size_t range);

private:
    explicit MetricPlan(std::shared_ptr<const Cupti> cupti);

    Result<> openChip(const std::string& chip, std::span<const std::uint8_t> availability);
    void closeChip();
    /// Whether the chip knows the metric alone: one bad name would spoil them all.
    bool isKnown(const std::string& metric, const std::string& chip, std::span<const std::uint8_t> availability);
    Result<> addMetrics(std::span<const char*> names);
    Result<> makeImage();

    std::shared_ptr<const Cupti> m_cupti;
    CUpti_Profiler_Host_Object* m_host = nullptr;
    std::vector<std::string> m_metrics;
    std::vector<std::string> m_unknown;
    std::vector<const char*> m_names;
    std::vector<std::uint8_t> m_image;
    std::size_t m_passes = 0;
};

}  // namespace warploom

#endif
