// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// A stand-in for libnvidia-ml.so.1 with one card that runs at its power cap; it knows neither temperature nor the newer
// name of the throttle reasons. WARPLOOM_FAKE_NVML_PROCESSES lists who computes on the card.
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <vector>

extern "C" {

struct FakeProcess {
    unsigned pid;
    unsigned long long memory;
    unsigned gpuInstance;
    unsigned computeInstance;
};

int nvmlInit_v2() { return 0; }
int nvmlShutdown() { return 0; }
const char* nvmlErrorString(int /*result*/) { return "the stand-in says so"; }

int nvmlSystemGetDriverVersion(char* text, unsigned length)
{
    std::strncpy(text, "580.159.04", length);
    return 0;
}

int nvmlDeviceGetHandleByUUID(const char* uuid, void** device)
{
    static int card = 0;
    *device = &card;
    return std::strcmp(uuid, "GPU-known") == 0 ? 0 : 6;
}

int nvmlDeviceGetClockInfo(void* /*device*/, unsigned type, unsigned* megahertz)
{
    *megahertz = type == 1 ? 1980 : 2619;
    return 0;
}

int nvmlDeviceGetPowerUsage(void* /*device*/, unsigned* milliwatts)
{
    *milliwatts = 699'500;
    return 0;
}

int nvmlDeviceGetTemperature(void* /*device*/, unsigned /*sensor*/, unsigned* /*celsius*/) { return 3; }

int nvmlDeviceGetCurrentClocksThrottleReasons(void* /*device*/, unsigned long long* reasons)
{
    *reasons = 0x4;
    return 0;
}

/// What WARPLOOM_FAKE_NVML_PROCESSES lists, else 100 processes: more than a first guess of the caller holds.
int nvmlDeviceGetComputeRunningProcesses_v3(void* /*device*/, unsigned* count, FakeProcess* processes)
{
    std::vector<unsigned> ids;
    if (const char* listed = std::getenv("WARPLOOM_FAKE_NVML_PROCESSES")) {
        std::istringstream text(listed);
        for (unsigned id = 0; text >> id;)
            ids.push_back(id);
    } else {
        for (unsigned i = 0; i < 100; ++i)
            ids.push_back(1000 + i);
    }
    const unsigned room = *count;
    *count = static_cast<unsigned>(ids.size());
    if (room < ids.size())
        return 7;
    for (std::size_t i = 0; i < ids.size(); ++i)
        processes[i] = {ids[i], 0, 0, 0};
    return 0;
}
}
