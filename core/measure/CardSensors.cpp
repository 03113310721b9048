// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/CardSensors.h"

#include <unistd.h>

#include "base/Log.h"
#include "device/cuda/Nvml.h"

namespace warploom {

namespace {

SensorReading readingOf(const NvmlSampler& sampler)
{
    const GpuSnapshot now = sampler.snapshot();
    SensorReading reading;
    reading.clockMhz = now.smClockMhz.value_or(0);
    reading.memoryClockMhz = now.memoryClockMhz.value_or(0);
    reading.temperature = now.temperatureCelsius.value_or(0);
    reading.throttleReasons = now.throttleReasons.value_or(0) & kSlowingReasons;
    if (const auto processes = sampler.computeProcesses())
        reading.foreignProcesses = foreignProcesses(*processes, static_cast<std::uint32_t>(::getpid()));
    return reading;
}

}  // namespace

Judge::Sensors cardSensors(const std::string& uuid, const std::vector<std::string>& libraries)
{
    auto sampler = [&]() -> Result<NvmlSampler> {
        WARPLOOM_TRY(const Nvml nvml, Nvml::open(libraries));
        return NvmlSampler::open(nvml, uuid);
    }();
    if (!sampler) {
        spdlog::info("clocks, throttling and other users of the card stay unknown: {}", sampler.error().toString());
        return [] { return SensorReading{}; };
    }
    return [sampler = std::move(*sampler)] { return readingOf(sampler); };
}

}  // namespace warploom
