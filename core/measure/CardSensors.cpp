// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/CardSensors.h"

#include <chrono>
#include <optional>

#include <unistd.h>

#include "base/Log.h"
#include "device/cuda/Nvml.h"

namespace warploom {

namespace {

constexpr std::chrono::milliseconds kProcessesKnownFor{250};

/// Asks NVML; who uses the card changes slowly and is the dear part of the question.
class CardReader {
public:
    explicit CardReader(NvmlSampler sampler)
        : m_sampler(std::move(sampler))
    {
    }

    SensorReading read()
    {
        const GpuSnapshot now = m_sampler.snapshot();
        SensorReading reading;
        reading.clockMhz = now.smClockMhz.value_or(0);
        reading.memoryClockMhz = now.memoryClockMhz.value_or(0);
        reading.powerWatts = now.powerWatts.value_or(0);
        reading.temperature = now.temperatureCelsius.value_or(0);
        reading.throttleReasons = now.throttleReasons.value_or(0) & kSlowingReasons;
        refreshProcesses();
        reading.foreignProcesses = m_foreign;
        return reading;
    }

private:
    void refreshProcesses()
    {
        const auto now = std::chrono::steady_clock::now();
        if (m_asked && now - *m_asked < kProcessesKnownFor)
            return;
        m_asked = now;
        m_foreign.clear();
        const auto processes = m_sampler.computeProcesses();
        if (!processes)
            return;
        for (const std::uint32_t process : foreignProcesses(*processes, static_cast<std::uint32_t>(::getpid())))
            m_foreign.push_back(processText(process));
    }

    NvmlSampler m_sampler;
    std::optional<std::chrono::steady_clock::time_point> m_asked;
    std::vector<std::string> m_foreign;
};

std::optional<std::uint32_t> known(double megahertz)
{
    return megahertz > 0 ? std::optional(static_cast<std::uint32_t>(megahertz)) : std::nullopt;
}

GpuSnapshot snapshotOf(const SensorReading& reading)
{
    GpuSnapshot snapshot;
    snapshot.smClockMhz = known(reading.clockMhz);
    snapshot.memoryClockMhz = known(reading.memoryClockMhz);
    snapshot.throttleReasons = reading.throttleReasons;
    return snapshot;
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
    return [reader = CardReader(std::move(*sampler))]() mutable { return reader.read(); };
}

bool isDisturbed(const SensorReading& before, const SensorReading& after)
{
    return disturbed(snapshotOf(before), snapshotOf(after));
}

CardState cardStateOf(const SensorReading& reading)
{
    return {reading.clockMhz,
            reading.memoryClockMhz,
            reading.powerWatts,
            reading.temperature,
            throttleReasonNames(reading.throttleReasons),
            reading.foreignProcesses};
}

}  // namespace warploom
