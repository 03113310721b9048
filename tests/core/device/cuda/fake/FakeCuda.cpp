// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// A stand-in for libcuda.so.1: enough of the driver for everything of core/device/cuda to run on a machine without a
// GPU. WARPLOOM_FAKE_CUDA=old makes it a driver of CUDA 11.8, =none one that finds no GPU, =ungated one whose gates
// open before the host has queued everything, =uncapturable one that puts no launch into a graph. What is done is
// written to the file that WARPLOOM_FAKE_CUDA_LOG names, a word a line.
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include <cuda.h>

#include "FakeMemory.h"
#include "FakeModule.h"

#undef cuEventElapsedTime

using namespace warploom::test;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::uint64_t kGranularity = 2 << 20;
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 36;
constexpr int kMostDynamicShared = 227 * 1024;

struct FakeGraph {
    std::vector<std::function<void()>> operations;
};

struct State {
    FakeMemory memory;
    CUresult sticky = CUDA_SUCCESS;
    bool endless = false;
    std::unique_ptr<FakeGraph> capturing;
};

State& state()
{
    static State one;
    return one;
}

bool mode(const char* name)
{
    const char* value = std::getenv("WARPLOOM_FAKE_CUDA");
    return value != nullptr && std::strcmp(value, name) == 0;
}

void note(const std::string& what)
{
    if (const char* file = std::getenv("WARPLOOM_FAKE_CUDA_LOG"))
        std::ofstream(file, std::ios::app) << what << "\n";
}

/// Now, or when the graph that is being captured is played.
CUresult perform(std::function<void()> operation)
{
    if (state().sticky != CUDA_SUCCESS)
        return state().sticky;
    if (state().capturing)
        state().capturing->operations.push_back(std::move(operation));
    else
        operation();
    return CUDA_SUCCESS;
}

CUresult resultOf(bool done) { return done ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE; }

void finishKernel(FakeEnd end)
{
    if (end == FakeEnd::IllegalAddress)
        state().sticky = CUDA_ERROR_ILLEGAL_ADDRESS;
    if (end == FakeEnd::Trapped)
        state().sticky = CUDA_ERROR_LAUNCH_FAILED;
    if (end == FakeEnd::Endless)
        state().endless = true;
}

Clock::time_point* timeOf(CUevent event) { return reinterpret_cast<Clock::time_point*>(event); }

int attributeValue(CUdevice_attribute attribute)
{
    switch (attribute) {
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
        return 9;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
        return 132;
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
        return 1024;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
        return kMostDynamicShared;
    case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE:
        return 1 << 20;
    case CU_DEVICE_ATTRIBUTE_CLOCK_RATE:
        return 1'980'000;
    case CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE:
        return 2'619'000;
    case CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH:
        return 5120;
    default:
        return 0;
    }
}

}  // namespace

extern "C" {

CUresult cuGetErrorName(CUresult error, const char** text)
{
    *text = error == CUDA_ERROR_ILLEGAL_ADDRESS ? "CUDA_ERROR_ILLEGAL_ADDRESS"
        : error == CUDA_ERROR_LAUNCH_FAILED     ? "CUDA_ERROR_LAUNCH_FAILED"
                                                : "CUDA_ERROR_OF_THE_STAND_IN";
    return CUDA_SUCCESS;
}

CUresult cuGetErrorString(CUresult /*error*/, const char** text)
{
    *text = "the stand-in says so";
    return CUDA_SUCCESS;
}

CUresult cuInit(unsigned /*flags*/) { return mode("none") ? CUDA_ERROR_NO_DEVICE : CUDA_SUCCESS; }

CUresult cuDriverGetVersion(int* version)
{
    *version = mode("old") ? 11080 : 13000;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int* count)
{
    *count = 1;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice* device, int ordinal)
{
    *device = ordinal;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char* name, int length, CUdevice /*device*/)
{
    std::strncpy(name, "Stand-in for a GPU", static_cast<std::size_t>(length));
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice /*device*/)
{
    std::memset(uuid, 0xAB, sizeof *uuid);
    return CUDA_SUCCESS;
}

CUresult cuDeviceTotalMem(std::size_t* bytes, CUdevice /*device*/)
{
    *bytes = kMostMemory;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice /*device*/)
{
    *value = attributeValue(attribute);
    return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice /*device*/)
{
    *context = reinterpret_cast<CUcontext>(&state());
    return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease(CUdevice /*device*/) { return CUDA_SUCCESS; }
CUresult cuCtxSetCurrent(CUcontext /*context*/) { return CUDA_SUCCESS; }
CUresult cuCtxSetLimit(CUlimit /*limit*/, std::size_t /*value*/) { return CUDA_SUCCESS; }

CUresult cuCtxResetPersistingL2Cache()
{
    note("reset-l2");
    return CUDA_SUCCESS;
}

CUresult cuMemAlloc(CUdeviceptr* address, std::size_t size)
{
    *address = state().memory.allocate(size);
    return *address != 0 ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult cuMemFree(CUdeviceptr address) { return resultOf(state().memory.free(address)); }

CUresult cuMemHostAlloc(void** memory, std::size_t size, unsigned /*flags*/)
{
    *memory = std::calloc(1, size);
    return CUDA_SUCCESS;
}

CUresult cuMemFreeHost(void* memory)
{
    std::free(memory);
    return CUDA_SUCCESS;
}

CUresult cuMemHostGetDevicePointer(CUdeviceptr* address, void* memory, unsigned /*flags*/)
{
    *address = reinterpret_cast<CUdeviceptr>(memory);
    return CUDA_SUCCESS;
}

CUresult cuMemGetAllocationGranularity(std::size_t* granularity, const CUmemAllocationProp* /*properties*/,
                                       CUmemAllocationGranularity_flags /*option*/)
{
    *granularity = kGranularity;
    return state().sticky;
}

CUresult cuMemAddressReserve(CUdeviceptr* address, std::size_t size, std::size_t alignment, CUdeviceptr /*wish*/,
                             unsigned long long /*flags*/)
{
    *address = state().memory.reserve(size, alignment);
    return *address != 0 ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult cuMemAddressFree(CUdeviceptr address, std::size_t /*size*/)
{
    return resultOf(state().memory.unreserve(address));
}

CUresult cuMemCreate(CUmemGenericAllocationHandle* handle, std::size_t size, const CUmemAllocationProp* /*properties*/,
                     unsigned long long /*flags*/)
{
    if (size > kMostMemory)
        return CUDA_ERROR_OUT_OF_MEMORY;
    const int fd = ::memfd_create("fake-device-memory", MFD_CLOEXEC);
    if (fd < 0 || ::ftruncate(fd, static_cast<off_t>(size)) != 0)
        return CUDA_ERROR_OUT_OF_MEMORY;
    *handle = static_cast<CUmemGenericAllocationHandle>(fd);
    return CUDA_SUCCESS;
}

CUresult cuMemRelease(CUmemGenericAllocationHandle handle) { return resultOf(::close(static_cast<int>(handle)) == 0); }

CUresult cuMemMap(CUdeviceptr address, std::size_t size, std::size_t /*offset*/, CUmemGenericAllocationHandle handle,
                  unsigned long long /*flags*/)
{
    return resultOf(state().memory.map(address, size, static_cast<int>(handle)));
}

CUresult cuMemUnmap(CUdeviceptr address, std::size_t size) { return resultOf(state().memory.unmap(address, size)); }

CUresult cuMemSetAccess(CUdeviceptr address, std::size_t size, const CUmemAccessDesc* access, std::size_t /*count*/)
{
    if (access->flags != CU_MEM_ACCESS_FLAGS_PROT_READWRITE)
        return CUDA_ERROR_NOT_SUPPORTED;
    return resultOf(state().memory.giveAccess(address, size));
}

CUresult cuMemExportToShareableHandle(void* handle, CUmemGenericAllocationHandle memory,
                                      CUmemAllocationHandleType /*type*/, unsigned long long /*flags*/)
{
    const int copy = ::dup(static_cast<int>(memory));
    std::memcpy(handle, &copy, sizeof copy);
    return resultOf(copy >= 0);
}

CUresult cuMemImportFromShareableHandle(CUmemGenericAllocationHandle* memory, void* handle,
                                        CUmemAllocationHandleType /*type*/)
{
    const int copy = ::dup(static_cast<int>(reinterpret_cast<std::uintptr_t>(handle)));
    *memory = static_cast<CUmemGenericAllocationHandle>(copy);
    return resultOf(copy >= 0);
}

CUresult cuMemcpyHtoDAsync(CUdeviceptr to, const void* from, std::size_t size, CUstream /*stream*/)
{
    if (!state().memory.accessible(to, size))
        return CUDA_ERROR_INVALID_VALUE;
    return perform([=] { std::memcpy(reinterpret_cast<void*>(to), from, size); });
}

CUresult cuMemcpyDtoHAsync(void* to, CUdeviceptr from, std::size_t size, CUstream /*stream*/)
{
    if (!state().memory.accessible(from, size))
        return CUDA_ERROR_INVALID_VALUE;
    return perform([=] { std::memcpy(to, reinterpret_cast<const void*>(from), size); });
}

CUresult cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, std::size_t size, CUstream /*stream*/)
{
    if (!state().memory.accessible(from, size) || !state().memory.accessible(to, size))
        return CUDA_ERROR_INVALID_VALUE;
    return perform([=] { std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), size); });
}

CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, std::size_t size, CUstream /*stream*/)
{
    if (!state().memory.accessible(to, size))
        return CUDA_ERROR_INVALID_VALUE;
    return perform([=] {
        note("memset");
        std::memset(reinterpret_cast<void*>(to), value, size);
    });
}

CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned /*count*/, CUjit_option* /*options*/,
                            void** /*values*/)
{
#ifdef WARPLOOM_FAKE_CUDA_STUCK
    // A driver that has lost its card. No mode, for judges forget their environment before they open it.
    while (std::memcmp(image,
                       "\x7f"
                       "ELF",
                       4)
           == 0)
        std::this_thread::sleep_for(std::chrono::seconds(1));
#endif
    *module = reinterpret_cast<CUmodule>(new FakeModule(image, state().memory));
    return CUDA_SUCCESS;
}

CUresult cuModuleUnload(CUmodule module)
{
    delete reinterpret_cast<FakeModule*>(module);
    return CUDA_SUCCESS;
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name)
{
    *function = reinterpret_cast<CUfunction>(reinterpret_cast<FakeModule*>(module)->function(name));
    return *function != nullptr ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}

CUresult cuModuleGetGlobal(CUdeviceptr* address, std::size_t* size, CUmodule module, const char* name)
{
    const auto* variable = reinterpret_cast<FakeModule*>(module)->variable(name);
    if (variable == nullptr || std::strncmp(name, "_ZZ", 3) == 0)
        return CUDA_ERROR_NOT_FOUND;
    *address = variable->address;
    *size = variable->size;
    return CUDA_SUCCESS;
}

CUresult cuFuncGetAttribute(int* value, CUfunction_attribute attribute, CUfunction function)
{
    const std::string& name = reinterpret_cast<const FakeFunction*>(function)->name;
    *value = attribute == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES      ? 48 * 1024
        : attribute == CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES && name == "copy16" ? 1024
                                                                               : 0;
    return CUDA_SUCCESS;
}

CUresult cuFuncSetAttribute(CUfunction /*function*/, CUfunction_attribute attribute, int value)
{
    return resultOf(attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || value <= kMostDynamicShared);
}

CUresult cuFuncGetParamInfo(CUfunction function, std::size_t index, std::size_t* offset, std::size_t* size)
{
    const auto* sizes = fakeParameterSizes(reinterpret_cast<FakeFunction*>(function)->name);
    if (index >= sizes->size())
        return CUDA_ERROR_INVALID_VALUE;
    *offset = 0;
    *size = (*sizes)[index];
    return CUDA_SUCCESS;
}

CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void** parameters, void** /*extra*/)
{
    if (state().sticky != CUDA_SUCCESS)
        return state().sticky;
    const std::uint64_t block = std::uint64_t{config->blockDimX} * config->blockDimY * config->blockDimZ;
    const std::uint64_t grid = std::uint64_t{config->gridDimX} * config->gridDimY * config->gridDimZ;
    if (block == 0 || block > 1024 || grid == 0 || config->gridDimY > 65535)
        return CUDA_ERROR_INVALID_VALUE;
    if (config->numAttrs > 0 && config->attrs[0].id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE && grid > 1000)
        return CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE;
    const auto* known = reinterpret_cast<const FakeFunction*>(function);
    if (state().capturing && mode("uncapturable"))
        return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    // Like the driver, a launch keeps its own copy of the arguments.
    std::vector<std::vector<char>> copies;
    const auto& sizes = *fakeParameterSizes(known->name);
    for (std::size_t i = 0; i < sizes.size(); ++i)
        copies.emplace_back(static_cast<const char*>(parameters[i]),
                            static_cast<const char*>(parameters[i]) + sizes[i]);
    return perform([known, threads = block * grid, copies, shared = config->sharedMemBytes]() mutable {
        note(shared > 0 ? known->name + ":" + std::to_string(shared) : known->name);
        std::vector<void*> pointers;
        for (std::vector<char>& copy : copies)
            pointers.push_back(copy.data());
        finishKernel(runFakeKernel(*known, threads, pointers.data(), state().memory));
    });
}

CUresult cuStreamCreate(CUstream* stream, unsigned /*flags*/)
{
    *stream = reinterpret_cast<CUstream>(&state());
    return CUDA_SUCCESS;
}

CUresult cuStreamDestroy(CUstream /*stream*/) { return CUDA_SUCCESS; }

CUresult cuStreamQuery(CUstream /*stream*/)
{
    if (state().sticky != CUDA_SUCCESS)
        return state().sticky;
    return state().endless ? CUDA_ERROR_NOT_READY : CUDA_SUCCESS;
}

CUresult cuStreamBeginCapture(CUstream /*stream*/, CUstreamCaptureMode /*mode*/)
{
    state().capturing = std::make_unique<FakeGraph>();
    return CUDA_SUCCESS;
}

CUresult cuStreamEndCapture(CUstream /*stream*/, CUgraph* graph)
{
    *graph = reinterpret_cast<CUgraph>(state().capturing.release());
    return CUDA_SUCCESS;
}

CUresult cuEventCreate(CUevent* event, unsigned /*flags*/)
{
    *event = reinterpret_cast<CUevent>(new Clock::time_point);
    return CUDA_SUCCESS;
}

CUresult cuEventDestroy(CUevent event)
{
    delete timeOf(event);
    return CUDA_SUCCESS;
}

CUresult cuEventRecord(CUevent event, CUstream /*stream*/)
{
    return perform([event] {
        note("event");
        *timeOf(event) = Clock::now();
    });
}

CUresult cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned /*flags*/)
{
    return cuEventRecord(event, stream);
}

CUresult cuEventElapsedTime(float* time, CUevent begin, CUevent end)
{
    *time = std::chrono::duration<float, std::milli>(*timeOf(end) - *timeOf(begin)).count();
    return CUDA_SUCCESS;
}

CUresult cuGraphInstantiate(CUgraphExec* executable, CUgraph graph, unsigned long long /*flags*/)
{
    *executable = reinterpret_cast<CUgraphExec>(new FakeGraph(*reinterpret_cast<FakeGraph*>(graph)));
    return CUDA_SUCCESS;
}

CUresult cuGraphUpload(CUgraphExec /*executable*/, CUstream /*stream*/) { return CUDA_SUCCESS; }

CUresult cuGraphLaunch(CUgraphExec executable, CUstream /*stream*/)
{
    for (const auto& operation : reinterpret_cast<FakeGraph*>(executable)->operations)
        perform(operation);
    return CUDA_SUCCESS;
}

CUresult cuGraphExecDestroy(CUgraphExec executable)
{
    delete reinterpret_cast<FakeGraph*>(executable);
    return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph)
{
    delete reinterpret_cast<FakeGraph*>(graph);
    return CUDA_SUCCESS;
}
}
