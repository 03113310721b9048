// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "compile/CachedCompiler.h"
#include "device/Device.h"
#include "measure/PeakMethods.h"

namespace warploom {

/// Times Warploom's own micro-benchmarks on a device that measures: what it can do at most. Holds up to a quarter of
/// the device's memory while it lives; \p device and \p compiler must outlive it.
class PeakBench {
public:
    struct Settings {
        Microseconds least{2'000};  ///< that a launch is made to take
        int launches = 7;  ///< of which the median counts
        int groups = 3;  ///< of launches, of which the best median counts
        Bytes mostMemory{std::uint64_t{8} << 30};  ///< whole tiles for both halves: a multiple of 256 KiB
    };
    /// Told what comes next; false ends it.
    using Progress = std::function<bool(const PeakMethod&)>;

    PeakBench(Device& device, CachedCompiler& compiler, Settings settings);
    ~PeakBench();
    PeakBench(const PeakBench&) = delete;
    PeakBench& operator=(const PeakBench&) = delete;

    /// One launch of \p blocks blocks (of those with pieces of memory of their own, no more than fit) with \p rounds
    /// rounds: its work is blocks × rounds × workPerRound.
    Result<LaunchStep> launch(const PeakMethod& method, std::uint32_t blocks, std::uint32_t rounds);
    /// What could not be measured is a figure that says so. Errors are of the device: DeviceFailed after a fault.
    Result<PeakFigure> measure(const PeakMethod& method);
    /// All methods of the device's architecture. Cancelled where \p progress says so.
    Result<DevicePeaks> measureAll(const Progress& progress);

private:
    struct Play;

    Result<LoadedModule> module(PeakMethod::Source source);
    /// As much memory as there is, up to what is wanted; InvalidArgument where that is too little to tell DRAM from L2.
    Result<> setUpMemory();
    Result<DeviceBuffer> allocate(Bytes size);
    [[nodiscard]] std::uint32_t tilesInL2() const;
    Result<Play> calibrated(const PeakMethod& method);
    Result<Play> ofMemory(const PeakMethod& method);
    Result<Microseconds> time(const Play& play);
    Result<Microseconds> bestMedian(const Play& play);
    Result<PeakFigure> measured(const PeakMethod& method);

    Device& m_device;
    CachedCompiler& m_compiler;
    Settings m_settings;
    std::map<PeakMethod::Source, LoadedModule> m_modules;
    std::optional<DeviceBuffer> m_memory;
    std::optional<DeviceBuffer> m_sink;
};

}  // namespace warploom
