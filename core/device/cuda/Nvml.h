// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/Result.h"
#include "base/Units.h"

namespace warploom {

/// What a card was doing at one moment. What the card or its driver does not tell is empty.
struct GpuSnapshot {
    std::optional<std::uint32_t> smClockMhz;
    std::optional<std::uint32_t> memoryClockMhz;
    std::optional<double> powerWatts;
    std::optional<std::uint32_t> temperatureCelsius;
    std::optional<std::uint64_t> throttleReasons;  ///< NVML's bits, see throttleReasonNames
    std::optional<std::uint32_t> gpuBusyPercent;  ///< of NVML's own sampling period
    std::optional<std::uint32_t> memoryBusyPercent;
};

/// Bits of GpuSnapshot::throttleReasons that slow a kernel down (power cap, thermal, power brake), idle bits aside.
constexpr std::uint64_t kSlowingReasons = 0x4 | 0x8 | 0x20 | 0x40 | 0x80;
/// "power cap", "thermal slowdown (hardware)", … of the bits set; unknown ones as numbers.
std::vector<std::string> throttleReasonNames(std::uint64_t reasons);

/// NVIDIA's management library, for one process. All queries are optional by nature: cards and drivers differ.
class Nvml {
public:
    /// LibraryMissing where libnvidia-ml.so.1 is not there, DeviceFailed where it does not start.
    static Result<Nvml> open(const std::vector<std::string>& candidates = {"libnvidia-ml.so.1"});

    /// "580.159.04".
    [[nodiscard]] Result<std::string> driverVersion() const;

    struct Functions;

private:
    friend class NvmlSampler;
    std::shared_ptr<const Functions> m_functions;
};

/// Snapshots of one card, taken before and after rounds. Cheap enough (well under a millisecond) to do so every time.
class NvmlSampler {
public:
    /// \p uuid as in DeviceFacts ("GPU-…"); DeviceMissing if NVML does not know it.
    static Result<NvmlSampler> open(const Nvml& nvml, const std::string& uuid);

    [[nodiscard]] GpuSnapshot snapshot() const;
    /// Process ids of everything that computes on the card, this process included. Unsupported where NVML is kept from
    /// seeing them (containers).
    [[nodiscard]] Result<std::vector<std::uint32_t>> computeProcesses() const;
    /// True when a display hangs on the card: an endless kernel would freeze it.
    [[nodiscard]] std::optional<bool> drivesDisplay() const;

private:
    std::shared_ptr<const Nvml::Functions> m_functions;
    void* m_device = nullptr;
};

/// Those of \p processes (see computeProcesses) that are neither \p self nor descendants of it. None when \p self,
/// which uses the card, is not among them: the numbers then come from another PID namespace and say nothing.
std::vector<std::uint32_t> foreignProcesses(const std::vector<std::uint32_t>& processes, std::uint32_t self);

/// "python3 (4711)"; "(4711)" where nothing tells the name.
std::string processText(std::uint32_t process);

/// True when figures taken between the two moments cannot be trusted: the slowing reasons toggled or a clock moved by
/// more than \p clockTolerance (a fraction).
bool disturbed(const GpuSnapshot& before, const GpuSnapshot& after, double clockTolerance = 0.03);

}  // namespace warploom
