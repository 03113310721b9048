// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/MetricPlan.h"

#if WARPLOOM_HAS_CUPTI_RANGES

#include <array>

#include <fmt/format.h>

namespace warploom {

MetricPlan::MetricPlan(std::shared_ptr<const Cupti> cupti)
    : m_cupti(std::move(cupti))
{
}

MetricPlan::~MetricPlan() { closeChip(); }

Result<std::unique_ptr<MetricPlan>> MetricPlan::make(std::shared_ptr<const Cupti> cupti, const std::string& chip,
                                                     const std::vector<std::string>& metrics,
                                                     std::span<const std::uint8_t> availability)
{
    std::unique_ptr<MetricPlan> plan(new MetricPlan(std::move(cupti)));
    WARPLOOM_CHECK(plan->openChip(chip, availability));
    // All at once first: asking for each of them costs some milliseconds.
    for (const std::string& metric : metrics)
        plan->m_names.push_back(metric.c_str());
    if (plan->addMetrics(plan->m_names)) {
        plan->m_metrics = metrics;
    } else {
        for (const std::string& metric : metrics)
            (plan->isKnown(metric, chip, availability) ? plan->m_metrics : plan->m_unknown).push_back(metric);
    }
    if (plan->m_metrics.empty())
        return fail(ErrorCode::Unsupported, fmt::format("{} knows none of the metrics asked for", chip));
    plan->m_names.clear();
    for (const std::string& metric : plan->m_metrics)
        plan->m_names.push_back(metric.c_str());
    // A host object that has refused a name is of no more use.
    plan->closeChip();
    WARPLOOM_CHECK(plan->openChip(chip, availability));
    WARPLOOM_CHECK(plan->addMetrics(plan->m_names));
    WARPLOOM_CHECK(plan->makeImage());
    return plan;
}

Result<> MetricPlan::openChip(const std::string& chip, std::span<const std::uint8_t> availability)
{
    CUpti_Profiler_Host_Initialize_Params params{};
    params.structSize = CUpti_Profiler_Host_Initialize_Params_STRUCT_SIZE;
    params.profilerType = CUPTI_PROFILER_TYPE_RANGE_PROFILER;
    params.pChipName = chip.c_str();
    params.pCounterAvailabilityImage = availability.empty() ? nullptr : availability.data();
    WARPLOOM_CHECK(m_cupti->check(m_cupti->hostInitialize(&params), "learn the metrics of " + chip));
    m_host = params.pHostObject;
    return {};
}

void MetricPlan::closeChip()
{
    if (m_host == nullptr)
        return;
    CUpti_Profiler_Host_Deinitialize_Params params{};
    params.structSize = CUpti_Profiler_Host_Deinitialize_Params_STRUCT_SIZE;
    params.pHostObject = m_host;
    static_cast<void>(m_cupti->hostDeinitialize(&params));
    m_host = nullptr;
}

bool MetricPlan::isKnown(const std::string& metric, const std::string& chip, std::span<const std::uint8_t> availability)
{
    closeChip();
    if (!openChip(chip, availability))
        return false;
    std::array<const char*, 1> name{metric.c_str()};
    return addMetrics(name).has_value();
}

Result<> MetricPlan::addMetrics(std::span<const char*> names)
{
    CUpti_Profiler_Host_ConfigAddMetrics_Params params{};
    params.structSize = CUpti_Profiler_Host_ConfigAddMetrics_Params_STRUCT_SIZE;
    params.pHostObject = m_host;
    params.ppMetricNames = names.data();
    params.numMetrics = names.size();
    return m_cupti->check(m_cupti->hostConfigAddMetrics(&params), "choose metrics");
}

Result<> MetricPlan::makeImage()
{
    CUpti_Profiler_Host_GetConfigImageSize_Params size{};
    size.structSize = CUpti_Profiler_Host_GetConfigImageSize_Params_STRUCT_SIZE;
    size.pHostObject = m_host;
    WARPLOOM_CHECK(m_cupti->check(m_cupti->hostGetConfigImageSize(&size), "plan the passes"));
    m_image.resize(size.configImageSize);
    CUpti_Profiler_Host_GetConfigImage_Params image{};
    image.structSize = CUpti_Profiler_Host_GetConfigImage_Params_STRUCT_SIZE;
    image.pHostObject = m_host;
    image.configImageSize = m_image.size();
    image.pConfigImage = m_image.data();
    WARPLOOM_CHECK(m_cupti->check(m_cupti->hostGetConfigImage(&image), "plan the passes"));
    CUpti_Profiler_Host_GetNumOfPasses_Params passes{};
    passes.structSize = CUpti_Profiler_Host_GetNumOfPasses_Params_STRUCT_SIZE;
    passes.configImageSize = m_image.size();
    passes.pConfigImage = m_image.data();
    WARPLOOM_CHECK(m_cupti->check(m_cupti->hostGetNumOfPasses(&passes), "count the passes"));
    m_passes = passes.numOfPasses;
    return {};
}

Result<std::vector<double>> MetricPlan::evaluate(std::span<const std::uint8_t> counterData, std::size_t range)
{
    std::vector<double> values(m_names.size());
    CUpti_Profiler_Host_EvaluateToGpuValues_Params params{};
    params.structSize = CUpti_Profiler_Host_EvaluateToGpuValues_Params_STRUCT_SIZE;
    params.pHostObject = m_host;
    params.pCounterDataImage = counterData.data();
    params.counterDataImageSize = counterData.size();
    params.rangeIndex = range;
    params.ppMetricNames = m_names.data();
    params.numMetrics = m_names.size();
    params.pMetricValues = values.data();
    WARPLOOM_CHECK(m_cupti->check(m_cupti->hostEvaluate(&params), "compute metrics"));
    return values;
}

}  // namespace warploom

#endif
