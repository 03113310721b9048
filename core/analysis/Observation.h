// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/LineFigures.h"
#include "analysis/Occupancy.h"
#include "analysis/Roofline.h"
#include "base/Units.h"
#include "protocol/Assembly.h"
#include "protocol/Counters.h"
#include "protocol/DeviceFacts.h"

namespace warploom {

/// Geometry of one launch of the plan.
struct LaunchShape {
    std::string kernel;  ///< lowered name, as in the counters
    std::uint64_t blocks = 0;
    std::uint32_t threadsPerBlock = 0;
    Bytes dynamicShared;
};

struct MetricPair {
    double first = 0;
    double second = 0;
    bool isMeasured = false;  ///< by the card
};

/// What is known of one launch. Everything but the shape may be missing.
struct ObservedLaunch {
    LaunchShape shape;
    std::optional<KernelResources> resources;
    std::optional<InstructionMix> mix;
    std::optional<LaunchCounters> counts;  ///< exact, of the emulator
    /// Figures of the card's counters by CUPTI's name: "dram__bytes_read.sum", "lts__t_sectors_lookup_hit.sum",
    /// "smsp__average_warps_issue_stalled_barrier_per_issue_active.ratio".
    std::map<std::string, double> metrics;

    /// A metric by CUPTI's name, from the card where it was read there, else what the emulator counts under it.
    [[nodiscard]] std::optional<double> metric(const std::string& name) const;
    /// Two metrics of one origin, for ratios: of the card where it has read both, else of the emulator. One of each
    /// would not do: SASS and PTX differ in how many instructions they have.
    [[nodiscard]] std::optional<MetricPair> pairOf(const std::string& first, const std::string& second) const;
    [[nodiscard]] Occupancy theoreticalOccupancy(const DeviceFacts& facts) const;
};

/// What is known of a variant at one size.
struct Observation {
    DeviceFacts facts;
    Work work;
    ArithmeticUnit unit = ArithmeticUnit::Fp32;
    Microseconds time{};  ///< of the whole plan, measured or modelled
    std::vector<ObservedLaunch> launches;
    std::map<int, StallFigures> stalledLines;  ///< of the card's samples, by line; empty without them
    std::uint64_t zeroBytes = 0;  ///< that the plan's `zero` steps write
    std::uint64_t scratchBytes = 0;
    std::optional<DevicePeaks> measuredPeaks;  ///< of the device, where they are known
    std::optional<bool> usesDouble;  ///< whether a buffer or scalar of the task is f64; nothing where that is not known

    /// A metric summed over the launches that have it; nothing where none has.
    [[nodiscard]] std::optional<double> sum(const std::string& metric) const;
    /// Clocks of all multiprocessors over the whole time; 0 where time or clock are unknown.
    [[nodiscard]] double clocks() const;
    /// Share of the plan's time that a launch of it takes, 0…1: by the card's clock, else by what its busiest
    /// multiprocessor has to do, which is an estimate.
    [[nodiscard]] double shareOf(const ObservedLaunch& launch) const;
    /// What figures are held against.
    [[nodiscard]] Peaks peaks() const { return Peaks(facts, measuredPeaks); }
    /// As roofline() says, under these peaks.
    [[nodiscard]] Result<Roofline> limit() const { return roofline(work, peaks(), unit); }
    /// Time over the roofline's bound: no cure can gain more. Nothing where the device's peaks are unknown.
    [[nodiscard]] std::optional<double> mostGain() const;
};

void to_json(nlohmann::json& json, const Observation& observation);
void from_json(const nlohmann::json& json, Observation& observation);

/// Bytes that a level of memory has moved for the plan, as the card or the emulator has counted them: DRAM's by the
/// card alone, L2's sectors too, L1's sectors of global memory with 128 bytes for each pass of shared memory. Nothing
/// where they are not counted, or no level is meant.
std::optional<double> countedBytes(const Observation& observation, PeakRoof level);

/// What the emulator counts under a metric's name of CUPTI; nothing where it counts no such thing.
std::optional<double> countedMetric(const LaunchCounters& counts, const std::string& name);
/// Every name that countedMetric() knows.
const std::vector<std::string>& countedMetricNames();

}  // namespace warploom
