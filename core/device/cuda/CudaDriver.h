// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <cuda.h>

#include "base/Result.h"
#include "protocol/Verdict.h"

/// X(member, type, exported name). The exported names are fixed here and not taken from cuda.h, whose macros name the
/// newest version of a function: a build with CUDA 13's header must run on a driver of CUDA 12.
#define WARPLOOM_CUDA_FUNCTIONS(X)                                                                                     \
    X(getErrorName, decltype(&::cuGetErrorName), "cuGetErrorName")                                                     \
    X(getErrorString, decltype(&::cuGetErrorString), "cuGetErrorString")                                               \
    X(init, decltype(&::cuInit), "cuInit")                                                                             \
    X(driverGetVersion, decltype(&::cuDriverGetVersion), "cuDriverGetVersion")                                         \
    X(deviceGetCount, decltype(&::cuDeviceGetCount), "cuDeviceGetCount")                                               \
    X(deviceGet, decltype(&::cuDeviceGet), "cuDeviceGet")                                                              \
    X(deviceGetName, decltype(&::cuDeviceGetName), "cuDeviceGetName")                                                  \
    X(deviceGetUuid, decltype(&::cuDeviceGetUuid), "cuDeviceGetUuid_v2")                                               \
    X(deviceTotalMem, decltype(&::cuDeviceTotalMem), "cuDeviceTotalMem_v2")                                            \
    X(deviceGetAttribute, decltype(&::cuDeviceGetAttribute), "cuDeviceGetAttribute")                                   \
    X(primaryCtxRetain, decltype(&::cuDevicePrimaryCtxRetain), "cuDevicePrimaryCtxRetain")                             \
    X(primaryCtxRelease, decltype(&::cuDevicePrimaryCtxRelease), "cuDevicePrimaryCtxRelease_v2")                       \
    X(ctxSetCurrent, decltype(&::cuCtxSetCurrent), "cuCtxSetCurrent")                                                  \
    X(ctxSetLimit, decltype(&::cuCtxSetLimit), "cuCtxSetLimit")                                                        \
    X(ctxResetPersistingL2Cache, decltype(&::cuCtxResetPersistingL2Cache), "cuCtxResetPersistingL2Cache")              \
    X(memAlloc, decltype(&::cuMemAlloc), "cuMemAlloc_v2")                                                              \
    X(memFree, decltype(&::cuMemFree), "cuMemFree_v2")                                                                 \
    X(memHostAlloc, decltype(&::cuMemHostAlloc), "cuMemHostAlloc")                                                     \
    X(memFreeHost, decltype(&::cuMemFreeHost), "cuMemFreeHost")                                                        \
    X(memHostGetDevicePointer, decltype(&::cuMemHostGetDevicePointer), "cuMemHostGetDevicePointer_v2")                 \
    X(memGetAllocationGranularity, decltype(&::cuMemGetAllocationGranularity), "cuMemGetAllocationGranularity")        \
    X(memAddressReserve, decltype(&::cuMemAddressReserve), "cuMemAddressReserve")                                      \
    X(memAddressFree, decltype(&::cuMemAddressFree), "cuMemAddressFree")                                               \
    X(memCreate, decltype(&::cuMemCreate), "cuMemCreate")                                                              \
    X(memRelease, decltype(&::cuMemRelease), "cuMemRelease")                                                           \
    X(memMap, decltype(&::cuMemMap), "cuMemMap")                                                                       \
    X(memUnmap, decltype(&::cuMemUnmap), "cuMemUnmap")                                                                 \
    X(memSetAccess, decltype(&::cuMemSetAccess), "cuMemSetAccess")                                                     \
    X(memExport, decltype(&::cuMemExportToShareableHandle), "cuMemExportToShareableHandle")                            \
    X(memImport, decltype(&::cuMemImportFromShareableHandle), "cuMemImportFromShareableHandle")                        \
    X(memcpyHtoDAsync, decltype(&::cuMemcpyHtoDAsync), "cuMemcpyHtoDAsync_v2")                                         \
    X(memcpyDtoHAsync, decltype(&::cuMemcpyDtoHAsync), "cuMemcpyDtoHAsync_v2")                                         \
    X(memcpyDtoDAsync, decltype(&::cuMemcpyDtoDAsync), "cuMemcpyDtoDAsync_v2")                                         \
    X(memsetD8Async, decltype(&::cuMemsetD8Async), "cuMemsetD8Async")                                                  \
    X(moduleLoadDataEx, decltype(&::cuModuleLoadDataEx), "cuModuleLoadDataEx")                                         \
    X(moduleUnload, decltype(&::cuModuleUnload), "cuModuleUnload")                                                     \
    X(moduleGetFunction, decltype(&::cuModuleGetFunction), "cuModuleGetFunction")                                      \
    X(moduleGetGlobal, decltype(&::cuModuleGetGlobal), "cuModuleGetGlobal_v2")                                         \
    X(funcSetAttribute, decltype(&::cuFuncSetAttribute), "cuFuncSetAttribute")                                         \
    X(funcGetAttribute, decltype(&::cuFuncGetAttribute), "cuFuncGetAttribute")                                         \
    X(launchKernelEx, decltype(&::cuLaunchKernelEx), "cuLaunchKernelEx")                                               \
    X(streamCreate, decltype(&::cuStreamCreate), "cuStreamCreate")                                                     \
    X(streamDestroy, decltype(&::cuStreamDestroy), "cuStreamDestroy_v2")                                               \
    X(streamQuery, decltype(&::cuStreamQuery), "cuStreamQuery")                                                        \
    X(streamBeginCapture, decltype(&::cuStreamBeginCapture), "cuStreamBeginCapture_v2")                                \
    X(streamEndCapture, decltype(&::cuStreamEndCapture), "cuStreamEndCapture")                                         \
    X(eventCreate, decltype(&::cuEventCreate), "cuEventCreate")                                                        \
    X(eventDestroy, decltype(&::cuEventDestroy), "cuEventDestroy_v2")                                                  \
    X(eventRecord, decltype(&::cuEventRecord), "cuEventRecord")                                                        \
    X(eventRecordWithFlags, decltype(&::cuEventRecordWithFlags), "cuEventRecordWithFlags")                             \
    X(eventElapsedTime, decltype(&::cuEventElapsedTime), "cuEventElapsedTime")                                         \
    X(graphInstantiate, decltype(&::cuGraphInstantiate), "cuGraphInstantiateWithFlags")                                \
    X(graphUpload, decltype(&::cuGraphUpload), "cuGraphUpload")                                                        \
    X(graphLaunch, decltype(&::cuGraphLaunch), "cuGraphLaunch")                                                        \
    X(graphExecDestroy, decltype(&::cuGraphExecDestroy), "cuGraphExecDestroy")                                         \
    X(graphDestroy, decltype(&::cuGraphDestroy), "cuGraphDestroy")

namespace warploom {

/// The functions of libcuda.so.1 that Warploom uses; every member but those marked optional is set.
struct CudaDriver {
#define WARPLOOM_CUDA_MEMBER(member, type, exported) type member = nullptr;
    WARPLOOM_CUDA_FUNCTIONS(WARPLOOM_CUDA_MEMBER)
#undef WARPLOOM_CUDA_MEMBER
    /// Optional (driver 550 and later): size and offset of one kernel parameter.
    CUresult(CUDAAPI* funcGetParamInfo)(CUfunction, size_t, size_t*, size_t*) = nullptr;

    int cudaVersion = 0;  ///< newest CUDA the driver supports: 13000 for 13.0

    /// Opens, checks the version and calls cuInit. LibraryMissing without a driver, VersionMismatch when it is too old,
    /// DeviceMissing where it finds no GPU.
    static Result<CudaDriver> open(const std::vector<std::string>& candidates = {"libcuda.so.1"});

    /// "CUDA_ERROR_ILLEGAL_ADDRESS"; a number where the driver knows no name.
    [[nodiscard]] std::string nameOf(CUresult result) const;
    /// DeviceFailed (OutOfMemory for that one) with the driver's name and text: "cannot WHAT: NAME (text)".
    [[nodiscard]] Error errorOf(CUresult result, std::string_view what) const;
    /// Nothing for CUDA_SUCCESS, errorOf otherwise.
    [[nodiscard]] Result<> check(CUresult result, std::string_view what) const;
};

/// The oldest CUDA version of a driver that Warploom runs on (driver 525).
constexpr int kOldestCudaVersion = 12000;

/// True where cuda.h says that the process must be replaced, because every later call would fail alike.
bool isSticky(CUresult result);
/// The fault that a kernel brought about, or nothing where the code is no kernel's doing (ECC, lost device, …).
/// \p where names the kernels that ran: "k" or "one of a, b".
std::optional<Fault> faultOfExecution(const CudaDriver& driver, CUresult result, const std::string& where);
/// A launch that the driver refused at once: never sticky.
Fault faultOfLaunch(const CudaDriver& driver, CUresult result, const std::string& kernel);
/// "13.0" for 13000.
std::string cudaVersionText(int version);

}  // namespace warploom
