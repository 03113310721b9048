// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// A stand-in for libnvidia-ml.so.1 with one card that runs at its power cap; it knows neither temperature nor the newer
// name of the throttle reasons.
#include <cstring>

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

/// 100 processes: more than a first guess of the caller holds.
int nvmlDeviceGetComputeRunningProcesses_v3(void* /*device*/, unsigned* count, FakeProcess* processes)
{
    const unsigned room = *count;
    *count = 100;
    if (room < 100)
        return 7;
    for (unsigned i = 0; i < 100; ++i)
        processes[i] = {1000 + i, 0, 0, 0};
    return 0;
}
}
