// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/Nvml.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "base/DynamicLibrary.h"

namespace warploom {

namespace {

// Declared here: nvml.h is missing from many toolkits, and the ABI of these functions is stable.
using NvmlDevice = void*;
using NvmlReturn = int;
constexpr NvmlReturn kSuccess = 0;
constexpr NvmlReturn kInsufficientSize = 7;
constexpr unsigned kClockSm = 1;
constexpr unsigned kClockMemory = 2;
constexpr unsigned kTemperatureGpu = 0;

struct NvmlUtilization {
    unsigned gpu;
    unsigned memory;
};

/// nvmlProcessInfo_t as nvmlDeviceGetComputeRunningProcesses_v2 and _v3 fill it.
struct NvmlProcess {
    unsigned pid;
    unsigned long long usedGpuMemory;
    unsigned gpuInstanceId;
    unsigned computeInstanceId;
};

struct ReasonName {
    std::uint64_t bit;
    const char* name;
};

constexpr std::array kReasonNames{
    ReasonName{0x1, "idle"},
    ReasonName{0x2, "application clocks"},
    ReasonName{0x4, "power cap"},
    ReasonName{0x8, "slowdown (hardware)"},
    ReasonName{0x10, "synchronised boost"},
    ReasonName{0x20, "thermal slowdown (software)"},
    ReasonName{0x40, "thermal slowdown (hardware)"},
    ReasonName{0x80, "power brake"},
    ReasonName{0x100, "display clocks"},
};

}  // namespace

struct Nvml::Functions {
    NvmlReturn (*init)() = nullptr;
    NvmlReturn (*shutdown)() = nullptr;
    const char* (*errorString)(NvmlReturn) = nullptr;
    NvmlReturn (*driverVersion)(char*, unsigned) = nullptr;
    NvmlReturn (*handleByUuid)(const char*, NvmlDevice*) = nullptr;
    NvmlReturn (*clockInfo)(NvmlDevice, unsigned, unsigned*) = nullptr;
    NvmlReturn (*powerUsage)(NvmlDevice, unsigned*) = nullptr;
    NvmlReturn (*temperature)(NvmlDevice, unsigned, unsigned*) = nullptr;
    NvmlReturn (*throttleReasons)(NvmlDevice, unsigned long long*) = nullptr;
    NvmlReturn (*utilization)(NvmlDevice, NvmlUtilization*) = nullptr;
    NvmlReturn (*computeProcesses)(NvmlDevice, unsigned*, NvmlProcess*) = nullptr;
    NvmlReturn (*displayActive)(NvmlDevice, unsigned*) = nullptr;
    bool running = false;

    Functions() = default;
    Functions(const Functions&) = delete;
    Functions& operator=(const Functions&) = delete;
    ~Functions()
    {
        if (running)
            shutdown();
    }
};

namespace {

/// Binds the first of \p names that the library exports; leaves null otherwise.
template <typename F>
void bindOptional(const DynamicLibrary& library, F& function, std::initializer_list<const char*> names)
{
    for (const char* name : names) {
        if (function == nullptr)
            function = library.symbol<F>(name).value_or(nullptr);
    }
}

void bindQueries(const DynamicLibrary& library, Nvml::Functions& functions)
{
    bindOptional(library, functions.driverVersion, {"nvmlSystemGetDriverVersion"});
    bindOptional(library, functions.handleByUuid, {"nvmlDeviceGetHandleByUUID"});
    bindOptional(library, functions.clockInfo, {"nvmlDeviceGetClockInfo"});
    bindOptional(library, functions.powerUsage, {"nvmlDeviceGetPowerUsage"});
    bindOptional(library, functions.temperature, {"nvmlDeviceGetTemperature"});
    bindOptional(library, functions.throttleReasons,
                 {"nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"});
    bindOptional(library, functions.utilization, {"nvmlDeviceGetUtilizationRates"});
    bindOptional(library, functions.computeProcesses,
                 {"nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"});
    bindOptional(library, functions.displayActive, {"nvmlDeviceGetDisplayActive"});
}

/// Parent of a process as /proc tells it; 0 when it has ended.
std::uint32_t parentOf(std::uint32_t process)
{
    std::ifstream file(fmt::format("/proc/{}/stat", process));
    std::string text;
    std::getline(file, text);
    // "12 (any name) S 7 …"
    const std::size_t end = text.rfind(')');
    unsigned parent = 0;
    if (end == std::string::npos || std::sscanf(text.c_str() + end + 1, " %*c %u", &parent) != 1)
        return 0;
    return parent;
}

bool descendsFrom(std::uint32_t process, std::uint32_t ancestor)
{
    // Numbers are reused: a chain that is read while processes end could lead in a circle.
    constexpr int kDeepest = 64;
    for (int depth = 0; process != ancestor; ++depth) {
        if (process <= 1 || depth == kDeepest)
            return false;
        process = parentOf(process);
    }
    return true;
}

bool clockMoved(const std::optional<std::uint32_t>& before, const std::optional<std::uint32_t>& after, double tolerance)
{
    return before && after
        && std::abs(static_cast<double>(*after) - static_cast<double>(*before))
        > tolerance * static_cast<double>(*before);
}

}  // namespace

std::vector<std::string> throttleReasonNames(std::uint64_t reasons)
{
    std::vector<std::string> names;
    for (const ReasonName& known : kReasonNames) {
        if ((reasons & known.bit) != 0)
            names.emplace_back(known.name);
        reasons &= ~known.bit;
    }
    if (reasons != 0)
        names.push_back(fmt::format("reason {:#x}", reasons));
    return names;
}

Result<Nvml> Nvml::open(const std::vector<std::string>& candidates)
{
    const auto library = DynamicLibrary::open(candidates);
    if (!library)
        return fail(ErrorCode::LibraryMissing, "libnvidia-ml.so.1 not found: clocks and throttling stay unknown");
    auto functions = std::make_shared<Functions>();
    WARPLOOM_TRY(functions->init, library->symbol<decltype(functions->init)>("nvmlInit_v2"));
    WARPLOOM_TRY(functions->shutdown, library->symbol<decltype(functions->shutdown)>("nvmlShutdown"));
    WARPLOOM_TRY(functions->errorString, library->symbol<decltype(functions->errorString)>("nvmlErrorString"));
    bindQueries(*library, *functions);
    if (const NvmlReturn result = functions->init(); result != kSuccess)
        return fail(ErrorCode::DeviceFailed, fmt::format("NVML does not start: {}", functions->errorString(result)));
    functions->running = true;
    Nvml nvml;
    nvml.m_functions = std::move(functions);
    return nvml;
}

Result<std::string> Nvml::driverVersion() const
{
    std::array<char, 96> text{};
    if (m_functions->driverVersion == nullptr
        || m_functions->driverVersion(text.data(), static_cast<unsigned>(text.size() - 1)) != kSuccess)
        return fail(ErrorCode::Unsupported, "NVML does not tell the driver's version");
    return std::string(text.data());
}

Result<NvmlSampler> NvmlSampler::open(const Nvml& nvml, const std::string& uuid)
{
    NvmlSampler sampler;
    sampler.m_functions = nvml.m_functions;
    if (sampler.m_functions->handleByUuid == nullptr
        || sampler.m_functions->handleByUuid(uuid.c_str(), &sampler.m_device) != kSuccess)
        return fail(ErrorCode::DeviceMissing, fmt::format("NVML does not know the GPU {}", uuid));
    return sampler;
}

GpuSnapshot NvmlSampler::snapshot() const
{
    const Nvml::Functions& nvml = *m_functions;
    GpuSnapshot snapshot;
    unsigned value = 0;
    if (nvml.clockInfo != nullptr && nvml.clockInfo(m_device, kClockSm, &value) == kSuccess)
        snapshot.smClockMhz = value;
    if (nvml.clockInfo != nullptr && nvml.clockInfo(m_device, kClockMemory, &value) == kSuccess)
        snapshot.memoryClockMhz = value;
    if (nvml.powerUsage != nullptr && nvml.powerUsage(m_device, &value) == kSuccess)
        snapshot.powerWatts = value / 1000.0;
    if (nvml.temperature != nullptr && nvml.temperature(m_device, kTemperatureGpu, &value) == kSuccess)
        snapshot.temperatureCelsius = value;
    unsigned long long reasons = 0;
    if (nvml.throttleReasons != nullptr && nvml.throttleReasons(m_device, &reasons) == kSuccess)
        snapshot.throttleReasons = reasons;
    NvmlUtilization utilization{};
    if (nvml.utilization != nullptr && nvml.utilization(m_device, &utilization) == kSuccess) {
        snapshot.gpuBusyPercent = utilization.gpu;
        snapshot.memoryBusyPercent = utilization.memory;
    }
    return snapshot;
}

Result<std::vector<std::uint32_t>> NvmlSampler::computeProcesses() const
{
    std::vector<NvmlProcess> processes(64);
    auto count = static_cast<unsigned>(processes.size());
    NvmlReturn result = kInsufficientSize;
    while (m_functions->computeProcesses != nullptr && processes.size() <= 4096) {
        count = static_cast<unsigned>(processes.size());
        result = m_functions->computeProcesses(m_device, &count, processes.data());
        if (result != kInsufficientSize)
            break;
        processes.resize(processes.size() * 2);
    }
    if (result != kSuccess)
        return fail(ErrorCode::Unsupported, "NVML does not tell which processes use the GPU");
    std::vector<std::uint32_t> ids;
    for (unsigned i = 0; i < std::min<std::size_t>(count, processes.size()); ++i)
        ids.push_back(processes[i].pid);
    return ids;
}

std::optional<bool> NvmlSampler::drivesDisplay() const
{
    unsigned active = 0;
    if (m_functions->displayActive == nullptr || m_functions->displayActive(m_device, &active) != kSuccess)
        return std::nullopt;
    return active != 0;
}

std::vector<std::uint32_t> foreignProcesses(const std::vector<std::uint32_t>& processes, std::uint32_t self)
{
    std::vector<std::uint32_t> foreign;
    if (std::find(processes.begin(), processes.end(), self) == processes.end())
        return foreign;
    std::copy_if(processes.begin(), processes.end(), std::back_inserter(foreign),
                 [self](std::uint32_t process) { return !descendsFrom(process, self); });
    return foreign;
}

std::string processText(std::uint32_t process)
{
    std::ifstream file(fmt::format("/proc/{}/comm", process));
    std::string name;
    std::getline(file, name);
    return name.empty() ? fmt::format("({})", process) : fmt::format("{} ({})", name, process);
}

bool disturbed(const GpuSnapshot& before, const GpuSnapshot& after, double clockTolerance)
{
    const std::uint64_t slowing =
        (before.throttleReasons.value_or(0) ^ after.throttleReasons.value_or(0)) & kSlowingReasons;
    const bool known = before.throttleReasons.has_value() && after.throttleReasons.has_value();
    return (known && slowing != 0) || clockMoved(before.smClockMhz, after.smClockMhz, clockTolerance)
        || clockMoved(before.memoryClockMhz, after.memoryClockMhz, clockTolerance);
}

}  // namespace warploom
