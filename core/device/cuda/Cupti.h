// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/Result.h"
#include "device/cuda/CuptiHeaders.h"

#if WARPLOOM_HAS_CUPTI_RANGES

// X(member, exported name)
#define WARPLOOM_CUPTI_FUNCTIONS(X)                                                                                    \
    X(getResultString, cuptiGetResultString)                                                                           \
    X(deviceGetChipName, cuptiDeviceGetChipName)                                                                       \
    X(profilerInitialize, cuptiProfilerInitialize)                                                                     \
    X(profilerDeviceSupported, cuptiProfilerDeviceSupported)                                                           \
    X(getCounterAvailability, cuptiProfilerGetCounterAvailability)                                                     \
    X(hostInitialize, cuptiProfilerHostInitialize)                                                                     \
    X(hostDeinitialize, cuptiProfilerHostDeinitialize)                                                                 \
    X(hostConfigAddMetrics, cuptiProfilerHostConfigAddMetrics)                                                         \
    X(hostGetConfigImageSize, cuptiProfilerHostGetConfigImageSize)                                                     \
    X(hostGetConfigImage, cuptiProfilerHostGetConfigImage)                                                             \
    X(hostGetNumOfPasses, cuptiProfilerHostGetNumOfPasses)                                                             \
    X(hostEvaluate, cuptiProfilerHostEvaluateToGpuValues)                                                              \
    X(rangeEnable, cuptiRangeProfilerEnable)                                                                           \
    X(rangeDisable, cuptiRangeProfilerDisable)                                                                         \
    X(rangeSetConfig, cuptiRangeProfilerSetConfig)                                                                     \
    X(rangeStart, cuptiRangeProfilerStart)                                                                             \
    X(rangeStop, cuptiRangeProfilerStop)                                                                               \
    X(rangePush, cuptiRangeProfilerPushRange)                                                                          \
    X(rangePop, cuptiRangeProfilerPopRange)                                                                            \
    X(rangeDecodeData, cuptiRangeProfilerDecodeData)                                                                   \
    X(rangeGetCounterDataSize, cuptiRangeProfilerGetCounterDataSize)                                                   \
    X(rangeCounterDataInitialize, cuptiRangeProfilerCounterDataImageInitialize)                                        \
    X(rangeGetCounterDataInfo, cuptiRangeProfilerGetCounterDataInfo)                                                   \
    X(rangeGetRangeInfo, cuptiRangeProfilerCounterDataGetRangeInfo)                                                    \
    X(sampleEnable, cuptiPCSamplingEnable)                                                                             \
    X(sampleDisable, cuptiPCSamplingDisable)                                                                           \
    X(sampleStart, cuptiPCSamplingStart)                                                                               \
    X(sampleStop, cuptiPCSamplingStop)                                                                                 \
    X(sampleGetData, cuptiPCSamplingGetData)                                                                           \
    X(sampleConfigure, cuptiPCSamplingSetConfigurationAttribute)                                                       \
    X(sampleGetReasonCount, cuptiPCSamplingGetNumStallReasons)                                                         \
    X(sampleGetReasons, cuptiPCSamplingGetStallReasons)                                                                \
    X(sassGetProperties, cuptiSassMetricsGetProperties)                                                                \
    X(sassSetConfig, cuptiSassMetricsSetConfig)                                                                        \
    X(sassUnsetConfig, cuptiSassMetricsUnsetConfig)                                                                    \
    X(sassEnable, cuptiSassMetricsEnable)                                                                              \
    X(sassDisable, cuptiSassMetricsDisable)                                                                            \
    X(sassGetDataProperties, cuptiSassMetricsGetDataProperties)                                                        \
    X(sassFlushData, cuptiSassMetricsFlushData)

namespace warploom {

/// CUPTI's functions for hardware counters, samples of the program counter and patched instructions, opened at run
/// time.
class Cupti {
public:
    /// LibraryMissing without CUPTI (or without its metric database, libnvperf_host), VersionMismatch with one that
    /// lacks the Range Profiler.
    static Result<std::shared_ptr<const Cupti>> open(const std::vector<std::string>& libraries);

    /// What \p result means for whoever wanted to \p what, and what would help.
    [[nodiscard]] Error errorOf(CUptiResult result, std::string_view what) const;
    /// An Error unless it is success.
    [[nodiscard]] Result<> check(CUptiResult result, std::string_view what) const;

#define WARPLOOM_CUPTI_MEMBER(member, name) decltype(&::name) member = nullptr;
    WARPLOOM_CUPTI_FUNCTIONS(WARPLOOM_CUPTI_MEMBER)
#undef WARPLOOM_CUPTI_MEMBER

private:
    Cupti() = default;
};

}  // namespace warploom

#endif
