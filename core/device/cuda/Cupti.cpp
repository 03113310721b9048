// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/Cupti.h"

#if WARPLOOM_HAS_CUPTI_RANGES

#include <filesystem>

#include <dlfcn.h>
#include <fmt/format.h>

#include "base/DynamicLibrary.h"

namespace warploom {

namespace {

/// CUPTI opens its metric database by its bare name. Where that is not on the loader's path it must be there already.
void preloadDatabase(const std::string& cupti)
{
    const auto beside = std::filesystem::path(cupti).parent_path() / "libnvperf_host.so";
    if (!dlopen("libnvperf_host.so", RTLD_NOW | RTLD_GLOBAL))
        static_cast<void>(dlopen(beside.c_str(), RTLD_NOW | RTLD_GLOBAL));
}

/// What people can do about the results that they, and not the code, have to do with.
std::string_view adviceFor(CUptiResult result)
{
    switch (result) {
    case CUPTI_ERROR_INSUFFICIENT_PRIVILEGES:
    case CUPTI_ERROR_VIRTUALIZED_DEVICE_INSUFFICIENT_PRIVILEGES:
        return "this user may not read the card's counters: run as root, or give the capability with 'sudo setcap "
               "cap_perfmon+ep $(command -v warploom-worker)' (driver 565 and newer), or allow everybody with 'options "
               "nvidia NVreg_RestrictProfilingToAdminUsers=0' in /etc/modprobe.d and a restart; a container needs "
               "--cap-add=PERFMON";
    case CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED:
        return "another profiler or sanitizer is attached to this process";
    case CUPTI_ERROR_HARDWARE_BUSY:
        return "another profiler holds the counters: with DCGM, 'dcgmi profile --pause' frees them";
    case CUPTI_ERROR_CONFIDENTIAL_COMPUTING_NOT_SUPPORTED:
        return "the card computes confidentially: its counters cannot be read";
    case CUPTI_ERROR_MIG_DEVICE_NOT_SUPPORTED:
        return "the card is split (MIG) in a way that has no counters of its own";
    case CUPTI_ERROR_WSL_DEVICE_NOT_SUPPORTED:
        return "under WSL the counters of this card cannot be read";
    default:
        return {};
    }
}

}  // namespace

Result<std::shared_ptr<const Cupti>> Cupti::open(const std::vector<std::string>& libraries)
{
    WARPLOOM_TRY(const DynamicLibrary library, DynamicLibrary::open(libraries));
    preloadDatabase(library.path());
    std::shared_ptr<Cupti> cupti(new Cupti);
    const auto take = [&](auto& member, const char* name) -> Result<> {
        auto found = library.symbol<std::remove_reference_t<decltype(member)>>(name);
        if (!found)
            return fail(ErrorCode::VersionMismatch,
                        fmt::format("{} has no {}: CUPTI of CUDA 12.6 or newer is needed", library.name(), name));
        member = *found;
        return {};
    };
#define WARPLOOM_CUPTI_TAKE(member, name) WARPLOOM_CHECK(take(cupti->member, #name));
    WARPLOOM_CUPTI_FUNCTIONS(WARPLOOM_CUPTI_TAKE)
#undef WARPLOOM_CUPTI_TAKE
    return cupti;
}

Error Cupti::errorOf(CUptiResult result, std::string_view what) const
{
    const char* name = nullptr;
    if (getResultString(result, &name) != CUPTI_SUCCESS || name == nullptr)
        name = "unknown error";
    std::string message = fmt::format("cannot {}: {} ({})", what, name, static_cast<int>(result));
    const std::string_view advice = adviceFor(result);
    if (advice.empty())
        return Error{ErrorCode::DeviceFailed, std::move(message), {}, {}, {}};
    return Error{ErrorCode::Unsupported, fmt::format("{}: {}", message, advice), {}, {}, {}};
}

Result<> Cupti::check(CUptiResult result, std::string_view what) const
{
    if (result == CUPTI_SUCCESS)
        return {};
    return fail(errorOf(result, what));
}

}  // namespace warploom

#endif
