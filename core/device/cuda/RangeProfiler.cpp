// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/RangeProfiler.h"

#if WARPLOOM_HAS_CUPTI_RANGES

#include <array>

#include <fmt/format.h>

namespace warploom {

namespace {

/// Passes beyond the planned ones are a fault of CUPTI's; an endless loop would be worse.
constexpr std::size_t kPassesToSpare = 8;

}  // namespace

RangeProfiler::RangeProfiler(std::shared_ptr<const Cupti> cupti, std::shared_ptr<MetricPlan> plan, std::size_t launches)
    : m_cupti(std::move(cupti))
    , m_plan(std::move(plan))
    , m_launches(launches)
{
}

RangeProfiler::~RangeProfiler()
{
    if (m_profiler == nullptr)
        return;
    if (m_isCounting)
        static_cast<void>(end());
    CUpti_RangeProfiler_Disable_Params params{};
    params.structSize = CUpti_RangeProfiler_Disable_Params_STRUCT_SIZE;
    params.pRangeProfilerObject = m_profiler;
    static_cast<void>(m_cupti->rangeDisable(&params));
}

Result<std::unique_ptr<RangeProfiler>> RangeProfiler::enable(std::shared_ptr<const Cupti> cupti, CUcontext context,
                                                             std::shared_ptr<MetricPlan> plan, std::size_t launches)
{
    std::unique_ptr<RangeProfiler> profiler(new RangeProfiler(std::move(cupti), std::move(plan), launches));
    CUpti_RangeProfiler_Enable_Params params{};
    params.structSize = CUpti_RangeProfiler_Enable_Params_STRUCT_SIZE;
    params.ctx = context;
    const Cupti& functions = *profiler->m_cupti;
    WARPLOOM_CHECK(functions.check(functions.rangeEnable(&params), "read the card's counters"));
    profiler->m_profiler = params.pRangeProfilerObject;
    WARPLOOM_CHECK(profiler->makeCounterData());
    WARPLOOM_CHECK(profiler->rearm());
    return profiler;
}

Result<> RangeProfiler::makeCounterData()
{
    CUpti_RangeProfiler_GetCounterDataSize_Params size{};
    size.structSize = CUpti_RangeProfiler_GetCounterDataSize_Params_STRUCT_SIZE;
    size.pRangeProfilerObject = m_profiler;
    size.pMetricNames = m_plan->names().data();
    size.numMetrics = m_plan->names().size();
    size.maxNumOfRanges = m_launches;
    size.maxNumRangeTreeNodes = static_cast<std::uint32_t>(m_launches);
    WARPLOOM_CHECK(m_cupti->check(m_cupti->rangeGetCounterDataSize(&size), "make room for counters"));
    m_counterData.assign(size.counterDataSize, 0);
    return {};
}

Result<> RangeProfiler::rearm()
{
    CUpti_RangeProfiler_CounterDataImage_Initialize_Params image{};
    image.structSize = CUpti_RangeProfiler_CounterDataImage_Initialize_Params_STRUCT_SIZE;
    image.pRangeProfilerObject = m_profiler;
    image.counterDataSize = m_counterData.size();
    image.pCounterData = m_counterData.data();
    WARPLOOM_CHECK(m_cupti->check(m_cupti->rangeCounterDataInitialize(&image), "make room for counters"));
    return configure();
}

Result<> RangeProfiler::configure()
{
    CUpti_RangeProfiler_SetConfig_Params params{};
    params.structSize = CUpti_RangeProfiler_SetConfig_Params_STRUCT_SIZE;
    params.pRangeProfilerObject = m_profiler;
    params.configSize = m_plan->configImage().size();
    params.pConfig = m_plan->configImage().data();
    params.counterDataImageSize = m_counterData.size();
    params.pCounterDataImage = m_counterData.data();
    // The work is repeated by us: only we know how its inputs are restored. But the ranges are CUPTI's, one a launch:
    // it ends them with the kernel, where a range of ours would count what L2 still writes back (27 MB on an H200).
    params.range = CUPTI_AutoRange;
    params.replayMode = CUPTI_UserReplay;
    params.maxRangesPerPass = m_launches;
    params.numNestingLevels = 1;
    params.minNestingLevel = 1;
    params.passIndex = 0;
    params.targetNestingLevel = 1;
    return m_cupti->check(m_cupti->rangeSetConfig(&params), "set the counters");
}

Result<> RangeProfiler::begin()
{
    CUpti_RangeProfiler_Start_Params params{};
    params.structSize = CUpti_RangeProfiler_Start_Params_STRUCT_SIZE;
    params.pRangeProfilerObject = m_profiler;
    WARPLOOM_CHECK(m_cupti->check(m_cupti->rangeStart(&params), "start the counters"));
    m_isCounting = true;
    return {};
}

Result<bool> RangeProfiler::end()
{
    m_isCounting = false;
    CUpti_RangeProfiler_Stop_Params params{};
    params.structSize = CUpti_RangeProfiler_Stop_Params_STRUCT_SIZE;
    params.pRangeProfilerObject = m_profiler;
    WARPLOOM_CHECK(m_cupti->check(m_cupti->rangeStop(&params), "stop the counters"));
    return params.isAllPassSubmitted != 0;
}

Result<> RangeProfiler::collect(const std::function<Result<>(std::size_t pass)>& reset,
                                const std::function<Result<>()>& work)
{
    for (std::size_t pass = 0; pass < m_plan->passes() + kPassesToSpare; ++pass) {
        WARPLOOM_CHECK(reset(pass));
        WARPLOOM_CHECK(begin());
        WARPLOOM_CHECK(work());
        WARPLOOM_TRY(const bool isLast, end());
        if (isLast)
            return {};
    }
    return fail(ErrorCode::DeviceFailed, fmt::format("the counters want more than {} passes", m_plan->passes()));
}

Result<std::vector<RangeProfiler::Metrics>> RangeProfiler::read()
{
    CUpti_RangeProfiler_DecodeData_Params decode{};
    decode.structSize = CUpti_RangeProfiler_DecodeData_Params_STRUCT_SIZE;
    decode.pRangeProfilerObject = m_profiler;
    WARPLOOM_CHECK(m_cupti->check(m_cupti->rangeDecodeData(&decode), "decode the counters"));
    if (decode.numOfRangeDropped > 0)
        return fail(ErrorCode::DeviceFailed,
                    fmt::format("the counters of {} launches were lost", decode.numOfRangeDropped));
    CUpti_RangeProfiler_GetCounterDataInfo_Params info{};
    info.structSize = CUpti_RangeProfiler_GetCounterDataInfo_Params_STRUCT_SIZE;
    info.pCounterDataImage = m_counterData.data();
    info.counterDataImageSize = m_counterData.size();
    WARPLOOM_CHECK(m_cupti->check(m_cupti->rangeGetCounterDataInfo(&info), "read the counters"));
    std::vector<Metrics> result(info.numTotalRanges);
    for (std::size_t launch = 0; launch < result.size(); ++launch) {
        WARPLOOM_TRY(const auto values, m_plan->evaluate(m_counterData, launch));
        for (std::size_t metric = 0; metric < values.size(); ++metric)
            result[launch][m_plan->metrics()[metric]] = values[metric];
    }
    return result;
}

Result<std::vector<std::uint8_t>> counterAvailability(const Cupti& cupti, CUcontext context)
{
    CUpti_Profiler_GetCounterAvailability_Params params{};
    params.structSize = CUpti_Profiler_GetCounterAvailability_Params_STRUCT_SIZE;
    params.ctx = context;
    WARPLOOM_CHECK(cupti.check(cupti.getCounterAvailability(&params), "learn which counters there are"));
    std::vector<std::uint8_t> image(params.counterAvailabilityImageSize);
    params.pCounterAvailabilityImage = image.data();
    WARPLOOM_CHECK(cupti.check(cupti.getCounterAvailability(&params), "learn which counters there are"));
    return image;
}

Result<std::string> profiledChip(const Cupti& cupti, CUdevice device, int ordinal)
{
    CUpti_Profiler_Initialize_Params initialize{};
    initialize.structSize = CUpti_Profiler_Initialize_Params_STRUCT_SIZE;
    WARPLOOM_CHECK(cupti.check(cupti.profilerInitialize(&initialize), "prepare for counters"));
    CUpti_Profiler_DeviceSupported_Params supported{};
    supported.structSize = CUpti_Profiler_DeviceSupported_Params_STRUCT_SIZE;
    supported.cuDevice = device;
    supported.api = CUPTI_PROFILER_RANGE_PROFILING;
    WARPLOOM_CHECK(cupti.check(cupti.profilerDeviceSupported(&supported), "ask whether the card has counters"));
    if (supported.isSupported != CUPTI_PROFILER_CONFIGURATION_SUPPORTED) {
        const std::array<std::pair<CUpti_Profiler_Support_Level, const char*>, 6> parts{{
            {supported.architecture, "its architecture"},
            {supported.sli, "SLI"},
            {supported.vGpu, "its being a virtual GPU"},
            {supported.confidentialCompute, "confidential computing"},
            {supported.cmp, "its being made for mining"},
            {supported.wsl, "WSL"},
        }};
        std::string obstacle = "its configuration";
        for (const auto& [level, name] : parts)
            if (level == CUPTI_PROFILER_CONFIGURATION_UNSUPPORTED || level == CUPTI_PROFILER_CONFIGURATION_DISABLED)
                obstacle = name;
        return fail(ErrorCode::Unsupported,
                    fmt::format("this card's counters cannot be read: {} is in the way", obstacle));
    }
    CUpti_Device_GetChipName_Params chip{};
    chip.structSize = CUpti_Device_GetChipName_Params_STRUCT_SIZE;
    chip.deviceIndex = static_cast<std::size_t>(ordinal);
    WARPLOOM_CHECK(cupti.check(cupti.deviceGetChipName(&chip), "learn the card's chip"));
    return std::string(chip.pChipName == nullptr ? "" : chip.pChipName);
}

}  // namespace warploom

#endif
