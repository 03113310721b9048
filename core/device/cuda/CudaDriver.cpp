// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CudaDriver.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/DynamicLibrary.h"

namespace warploom {

namespace {

struct ExecutionFault {
    CUresult result;
    Verdict verdict;
    std::string_view message;
};

constexpr std::array kExecutionFaults{
    ExecutionFault{CUDA_ERROR_ILLEGAL_ADDRESS, Verdict::OutOfBounds,
                   "memory outside of every buffer was read or written"},
    ExecutionFault{CUDA_ERROR_LAUNCH_TIMEOUT, Verdict::Timeout, "the display's watchdog stopped the kernel"},
    ExecutionFault{CUDA_ERROR_ASSERT, Verdict::Crashed, "a device assertion failed"},
    ExecutionFault{CUDA_ERROR_HARDWARE_STACK_ERROR, Verdict::Crashed, "the call stack overflowed or was damaged"},
    ExecutionFault{CUDA_ERROR_ILLEGAL_INSTRUCTION, Verdict::Crashed, "an illegal instruction was met"},
    ExecutionFault{CUDA_ERROR_MISALIGNED_ADDRESS, Verdict::Crashed,
                   "an address was not aligned to the size of its access"},
    ExecutionFault{CUDA_ERROR_INVALID_ADDRESS_SPACE, Verdict::Crashed,
                   "an instruction met an address of the wrong memory space"},
    ExecutionFault{CUDA_ERROR_INVALID_PC, Verdict::Crashed, "the program counter left the program"},
    ExecutionFault{CUDA_ERROR_LAUNCH_FAILED, Verdict::Crashed, "the kernel trapped"},
    ExecutionFault{static_cast<CUresult>(721), Verdict::Crashed, "the kernel ended without freeing its tensor memory"},
};

/// Hardware and driver failures after which the context does not come back, and which no kernel is to blame for.
constexpr std::array kLostDevice{CUDA_ERROR_ECC_UNCORRECTABLE,     static_cast<CUresult>(220),
                                 static_cast<CUresult>(226),       CUDA_ERROR_CONTEXT_IS_DESTROYED,
                                 CUDA_ERROR_DEVICE_UNAVAILABLE,    CUDA_ERROR_SYSTEM_NOT_READY,
                                 CUDA_ERROR_MPS_CLIENT_TERMINATED, CUDA_ERROR_UNKNOWN};

Result<> bindFunctions(const DynamicLibrary& library, CudaDriver& driver)
{
#define WARPLOOM_CUDA_BIND(member, type, exported)                                                                     \
    if (auto found = library.symbol<type>(exported))                                                                   \
        driver.member = *found;                                                                                        \
    else                                                                                                               \
        return fail(ErrorCode::VersionMismatch, fmt::format("the NVIDIA driver is too old: {}", found.error().message));
    WARPLOOM_CUDA_FUNCTIONS(WARPLOOM_CUDA_BIND)
#undef WARPLOOM_CUDA_BIND
    driver.funcGetParamInfo = library.symbol<decltype(driver.funcGetParamInfo)>("cuFuncGetParamInfo").value_or(nullptr);
    return {};
}

Error initialisationError(const CudaDriver& driver, CUresult result)
{
    Error error = driver.errorOf(result, "initialise the NVIDIA driver");
    if (result == CUDA_ERROR_NO_DEVICE)
        error = {ErrorCode::DeviceMissing, "the NVIDIA driver finds no GPU", {}, {}, {}};
    else if (result == CUDA_ERROR_SYSTEM_DRIVER_MISMATCH)
        error.code = ErrorCode::VersionMismatch;
    return error;
}

}  // namespace

std::string cudaVersionText(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

Result<CudaDriver> CudaDriver::open(const std::vector<std::string>& candidates)
{
    const auto library = DynamicLibrary::open(candidates);
    if (!library)
        return fail(
            ErrorCode::LibraryMissing,
            fmt::format("{} not found: no NVIDIA driver", candidates.empty() ? "libcuda.so.1" : candidates.front()));
    CudaDriver driver;
    // The version comes first: it says more than a missing function does.
    WARPLOOM_TRY(driver.driverGetVersion, library->symbol<decltype(&::cuDriverGetVersion)>("cuDriverGetVersion"));
    if (driver.driverGetVersion(&driver.cudaVersion) != CUDA_SUCCESS)
        return fail(ErrorCode::DeviceFailed, "the NVIDIA driver does not tell its version");
    if (driver.cudaVersion < kOldestCudaVersion)
        return fail(Error{ErrorCode::VersionMismatch,
                          "the NVIDIA driver is too old",
                          {},
                          fmt::format("CUDA {} or newer (driver 525)", cudaVersionText(kOldestCudaVersion)),
                          fmt::format("CUDA {}", cudaVersionText(driver.cudaVersion))});
    WARPLOOM_CHECK(bindFunctions(*library, driver));
    if (const CUresult result = driver.init(0); result != CUDA_SUCCESS)
        return fail(initialisationError(driver, result));
    return driver;
}

std::string CudaDriver::nameOf(CUresult result) const
{
    const char* name = nullptr;
    if (getErrorName(result, &name) == CUDA_SUCCESS && name != nullptr)
        return name;
    return fmt::format("CUDA error {}", static_cast<int>(result));
}

Error CudaDriver::errorOf(CUresult result, std::string_view what) const
{
    const char* text = nullptr;
    if (getErrorString(result, &text) != CUDA_SUCCESS || text == nullptr)
        text = "no description";
    const ErrorCode code = result == CUDA_ERROR_OUT_OF_MEMORY ? ErrorCode::OutOfMemory : ErrorCode::DeviceFailed;
    return {code, fmt::format("cannot {}: {} ({})", what, nameOf(result), text), {}, {}, {}};
}

Result<> CudaDriver::check(CUresult result, std::string_view what) const
{
    if (result == CUDA_SUCCESS)
        return {};
    return fail(errorOf(result, what));
}

bool isSticky(CUresult result)
{
    return std::any_of(kExecutionFaults.begin(), kExecutionFaults.end(),
                       [result](const ExecutionFault& fault) { return fault.result == result; })
        || std::find(kLostDevice.begin(), kLostDevice.end(), result) != kLostDevice.end();
}

std::optional<Fault> faultOfExecution(const CudaDriver& driver, CUresult result, const std::string& where)
{
    for (const ExecutionFault& known : kExecutionFaults) {
        if (known.result != result)
            continue;
        Fault fault;
        fault.verdict = known.verdict;
        fault.message = where.empty() ? std::string(known.message) : fmt::format("{}: {}", where, known.message);
        fault.deviceError = driver.nameOf(result);
        fault.sticky = true;
        return fault;
    }
    return std::nullopt;
}

Fault faultOfLaunch(const CudaDriver& driver, CUresult result, const std::string& kernel)
{
    const char* text = nullptr;
    if (driver.getErrorString(result, &text) != CUDA_SUCCESS || text == nullptr)
        text = "no description";
    Fault fault;
    fault.verdict = Verdict::LaunchError;
    fault.message = fmt::format("the driver refuses to launch {}: {}", kernel, text);
    fault.deviceError = driver.nameOf(result);
    return fault;
}

}  // namespace warploom
