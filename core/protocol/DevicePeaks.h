// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Units.h"
#include "protocol/DeviceFacts.h"

namespace warploom {

/// What a peak is a ceiling of: levels of memory (bytes a second), units of arithmetic (operations a second).
enum class PeakRoof {
    Dram,
    L2,
    L1,  ///< and shared memory, which is the same data stage
    Fp32,
    Fp64,
    Tf32,
    Tensor,  ///< f16 in, f32 sums
};
constexpr std::size_t kPeakRoofCount = 7;

/// "dram", "l2", "l1", "fp32", …; stable: files hold it.
std::string_view peakRoofName(PeakRoof roof);
/// Whether it is of bytes, not of operations.
constexpr bool isMemory(PeakRoof roof) { return roof <= PeakRoof::L1; }

/// What one micro-benchmark found. A roof may have several; the best one counts.
struct PeakFigure {
    PeakRoof roof = PeakRoof::Dram;
    std::string method;  ///< the instruction that did it: "copy", "mma.sync m16n8k16"
    double perSecond = 0;  ///< bytes, or operations (FMA is two); 0 where it could not be measured
    Microseconds time{};  ///< of one launch, the median
    int launches = 0;  ///< that were timed
    std::string missing;  ///< why it could not be measured
};

/// Changes with the benchmarks: what an earlier revision measured is measured again.
constexpr int kPeakRevision = 1;

/// Everything measured on one device under one driver.
struct DevicePeaks {
    std::string gpuUuid;
    std::string gpuName;
    std::string driver;
    int revision = kPeakRevision;
    double clockMhz = 0;  ///< of the multiprocessors, right after the last benchmark; 0 where unknown
    std::vector<PeakFigure> figures;
    std::vector<std::string> notes;  ///< what may have disturbed: "throttling: power cap"

    /// Whether these are peaks of that device, as this build would measure them.
    [[nodiscard]] bool areOf(const DeviceFacts& facts) const;
};

namespace eventType {
inline constexpr std::string_view kPeaksMeasured = "peaks-measured";
}

void to_json(nlohmann::json& json, const PeakFigure& figure);
void from_json(const nlohmann::json& json, PeakFigure& figure);
void to_json(nlohmann::json& json, const DevicePeaks& peaks);
void from_json(const nlohmann::json& json, DevicePeaks& peaks);

}  // namespace warploom
