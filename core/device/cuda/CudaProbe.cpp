// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CudaProbe.h"

#include "device/cuda/CudaDriver.h"
#include "device/cuda/CudaFacts.h"

namespace warploom {

Result<CudaProbe> probeCudaDevices()
{
    WARPLOOM_TRY(const CudaDriver driver, CudaDriver::open());
    int count = 0;
    WARPLOOM_CHECK(driver.check(driver.deviceGetCount(&count), "count the GPUs"));
    if (count == 0)
        return fail(ErrorCode::DeviceMissing, "the NVIDIA driver finds no GPU");
    CudaProbe probe;
    probe.driver = nvidiaDriverVersion();
    probe.cudaVersion = driver.cudaVersion;
    for (int i = 0; i < count; ++i) {
        WARPLOOM_TRY(DeviceFacts facts, readCudaFacts(driver, i));
        facts.driver = probe.driver;
        probe.devices.push_back(std::move(facts));
    }
    return probe;
}

}  // namespace warploom
