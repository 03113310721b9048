// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "analysis/Peaks.h"
#include "base/Result.h"
#include "base/Units.h"
#include "protocol/DeviceFacts.h"

namespace warploom {

/// Strict lower bounds of what any implementation must do, from the task's `[work]` at one size.
struct Work {
    double readBytes = 0;
    double writeBytes = 0;
    double flops = 0;

    [[nodiscard]] double bytes() const { return readBytes + writeBytes; }
};

/// The fastest arithmetic that a task's types and tolerance admit.
enum class ArithmeticUnit {
    Fp32,
    Fp64,
    Tf32,
    Tensor,
};

std::string_view arithmeticUnitName(ArithmeticUnit unit);
PeakRoof roofOf(ArithmeticUnit unit);
/// Theoretical operations a second; 0 where the device's facts do not say.
double peakOf(const DeviceFacts& facts, ArithmeticUnit unit);

enum class RooflineSide {
    Memory,
    Compute,
};

std::string_view rooflineSideName(RooflineSide side);

/// How fast the work could be at best on a device.
struct Roofline {
    Work work;
    ArithmeticUnit unit = ArithmeticUnit::Fp32;
    Peak memoryPeak;  ///< of DRAM
    Peak computePeak;  ///< of the unit
    Microseconds memoryTime{};  ///< all bytes at DRAM's peak
    Microseconds computeTime{};  ///< all operations at the unit's peak
    Microseconds bound{};  ///< the larger one: nothing is faster than this from cold memory
    RooflineSide side = RooflineSide::Memory;
    double intensity = 0;  ///< operations a byte
    double ridge = 0;  ///< intensity where the sides meet; 0 where a peak is unknown

    /// The one that limits.
    [[nodiscard]] const Peak& peak() const { return side == RooflineSide::Memory ? memoryPeak : computePeak; }
    /// How much of the best possible speed a time is: 0.83 is "83 % of peak". 0 for a time that is not positive.
    [[nodiscard]] double shareOfPeak(Microseconds time) const;
    [[nodiscard]] double achievedBytesPerSecond(Microseconds time) const;
    [[nodiscard]] double achievedFlopsPerSecond(Microseconds time) const;
};

/// InvalidArgument for work that is negative or not finite, Unsupported where the device's facts hold neither bandwidth
/// nor peak for work that there is.
Result<Roofline> roofline(const Work& work, const Peaks& peaks, ArithmeticUnit unit);
/// Under theoretical peaks.
Result<Roofline> roofline(const Work& work, const DeviceFacts& facts, ArithmeticUnit unit);

/// The time that a figure cannot honestly beat: 0.95 of the bound, with writes that stay in L2 left out. In hot timing
/// reads may stay there too, so only arithmetic counts. Peaks are theoretical here: what was measured may be bettered.
Result<Microseconds> physicsFloor(const Work& work, const DeviceFacts& facts, ArithmeticUnit unit, bool cold);

void to_json(nlohmann::json& json, const Work& work);
void from_json(const nlohmann::json& json, Work& work);
void to_json(nlohmann::json& json, const Roofline& roofline);

}  // namespace warploom
