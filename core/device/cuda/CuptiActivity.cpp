// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CuptiActivity.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include <fmt/format.h>

// Toolkits without CUPTI have no header of it; everything else is built without.
#if __has_include(<cupti_activity.h>)
#include <cuda.h>
#include <cupti_activity.h>
#include <cupti_result.h>
#define WARPLOOM_HAS_CUPTI 1
#else
#define WARPLOOM_HAS_CUPTI 0
#endif

#include "base/DynamicLibrary.h"
#include "compile/CudaLibraries.h"

namespace warploom {

std::vector<std::string> CuptiActivity::usualLibraries()
{
    std::vector<std::string> candidates{"libcupti.so.13", "libcupti.so.12"};
    // Where set-up has unpacked NVIDIA's wheels it lies beside NVRTC.
    if (const auto found = findCudaLibraries(CudaSearch::fromEnvironment()))
        candidates.push_back(found->nvrtc.parent_path() / fmt::format("libcupti.so.{}", found->major));
    for (const char* folder : {"/usr/local/cuda/extras/CUPTI/lib64/", "/usr/local/cuda/lib64/",
                               "/usr/local/cuda-13.0/extras/CUPTI/lib64/", "/usr/local/cuda-13.0/lib64/"})
        candidates.push_back(std::string(folder) + "libcupti.so");
    return candidates;
}

#if WARPLOOM_HAS_CUPTI

namespace {

#if CUDA_VERSION >= 13000
using KernelActivity = CUpti_ActivityKernel10;
#else
using KernelActivity = CUpti_ActivityKernel9;
#endif
using MemsetActivity = CUpti_ActivityMemset4;

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr std::size_t kBufferAlignment = 8;

/// CUPTI's callbacks carry no pointer of the caller's: there is one listener a process.
struct Listener {
    std::mutex mutex;
    std::vector<DeviceActivity> heard;
    decltype(&::cuptiActivityGetNextRecord) nextRecord = nullptr;
};

Listener& listener()
{
    static Listener one;
    return one;
}

void CUPTIAPI giveBuffer(std::uint8_t** buffer, std::size_t* size, std::size_t* mostRecords)
{
    *buffer = static_cast<std::uint8_t*>(std::aligned_alloc(kBufferAlignment, kBufferBytes));
    *size = *buffer == nullptr ? 0 : kBufferBytes;
    *mostRecords = 0;
}

void CUPTIAPI takeBuffer(CUcontext /*context*/, std::uint32_t /*stream*/, std::uint8_t* buffer, std::size_t /*size*/,
                         std::size_t valid)
{
    Listener& ears = listener();
    const std::lock_guard lock(ears.mutex);
    CUpti_Activity* record = nullptr;
    while (valid > 0 && ears.nextRecord(buffer, valid, &record) == CUPTI_SUCCESS) {
        if (record->kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) {
            const auto* kernel = reinterpret_cast<const KernelActivity*>(record);
            ears.heard.push_back({kernel->name == nullptr ? "" : kernel->name, kernel->start, kernel->end});
        } else if (record->kind == CUPTI_ACTIVITY_KIND_MEMSET) {
            const auto* memset = reinterpret_cast<const MemsetActivity*>(record);
            ears.heard.push_back({"memset", memset->start, memset->end});
        }
    }
    std::free(buffer);
}

}  // namespace

struct CuptiActivity::Functions {
    decltype(&::cuptiActivityEnable) enable = nullptr;
    decltype(&::cuptiActivityDisable) disable = nullptr;
    decltype(&::cuptiActivityRegisterCallbacks) registerCallbacks = nullptr;
    decltype(&::cuptiActivityFlushAll) flushAll = nullptr;
};

CuptiActivity::CuptiActivity(std::unique_ptr<Functions> functions)
    : m_functions(std::move(functions))
{
}

CuptiActivity::~CuptiActivity()
{
    for (const CUpti_ActivityKind kind : {CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, CUPTI_ACTIVITY_KIND_MEMSET})
        static_cast<void>(m_functions->disable(kind));
    static_cast<void>(m_functions->flushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED));
}

Result<std::unique_ptr<CuptiActivity>> CuptiActivity::start(const std::vector<std::string>& libraries)
{
    WARPLOOM_TRY(const DynamicLibrary library, DynamicLibrary::open(libraries));
    auto functions = std::make_unique<Functions>();
    WARPLOOM_TRY(functions->enable, library.symbol<decltype(functions->enable)>("cuptiActivityEnable"));
    WARPLOOM_TRY(functions->disable, library.symbol<decltype(functions->disable)>("cuptiActivityDisable"));
    WARPLOOM_TRY(functions->registerCallbacks,
                 library.symbol<decltype(functions->registerCallbacks)>("cuptiActivityRegisterCallbacks"));
    WARPLOOM_TRY(functions->flushAll, library.symbol<decltype(functions->flushAll)>("cuptiActivityFlushAll"));
    WARPLOOM_TRY(listener().nextRecord, library.symbol<decltype(Listener::nextRecord)>("cuptiActivityGetNextRecord"));
    const auto check = [](CUptiResult result, const char* what) -> Result<> {
        if (result == CUPTI_SUCCESS)
            return {};
        return fail(ErrorCode::DeviceFailed, fmt::format("cannot {}: CUPTI error {}", what, static_cast<int>(result)));
    };
    WARPLOOM_CHECK(check(functions->registerCallbacks(giveBuffer, takeBuffer), "give CUPTI its buffers"));
    WARPLOOM_CHECK(check(functions->enable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL), "listen to kernels"));
    WARPLOOM_CHECK(check(functions->enable(CUPTI_ACTIVITY_KIND_MEMSET), "listen to fills"));
    return std::unique_ptr<CuptiActivity>(new CuptiActivity(std::move(functions)));
}

Result<std::vector<DeviceActivity>> CuptiActivity::take()
{
    if (m_functions->flushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED) != CUPTI_SUCCESS)
        return fail(ErrorCode::DeviceFailed, "CUPTI does not give its records");
    const std::lock_guard lock(listener().mutex);
    std::vector<DeviceActivity> heard = std::exchange(listener().heard, {});
    std::sort(heard.begin(), heard.end(),
              [](const DeviceActivity& a, const DeviceActivity& b) { return a.beginNs < b.beginNs; });
    return heard;
}

#else

struct CuptiActivity::Functions { };

CuptiActivity::CuptiActivity(std::unique_ptr<Functions> functions)
    : m_functions(std::move(functions))
{
}

CuptiActivity::~CuptiActivity() = default;

Result<std::unique_ptr<CuptiActivity>> CuptiActivity::start(const std::vector<std::string>& /*libraries*/)
{
    return fail(ErrorCode::Unsupported, "this build has no CUPTI: its headers were missing");
}

Result<std::vector<DeviceActivity>> CuptiActivity::take() { return std::vector<DeviceActivity>(); }

#endif

}  // namespace warploom
