// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/DevicePeaks.h"

namespace warploom {

/// How a peak is known.
enum class PeakOrigin {
    Theoretical,  ///< by clock and units of the card
    Modelled,  ///< theoretical, of the card that the emulator describes
    Measured,  ///< by Warploom's micro-benchmarks on this card
};

std::string_view peakOriginName(PeakOrigin origin);
/// Theoretical for any other name.
PeakOrigin peakOriginFromName(std::string_view name);

/// One ceiling.
struct Peak {
    double perSecond = 0;  ///< bytes or operations; 0: unknown
    PeakOrigin origin = PeakOrigin::Theoretical;
    std::string method;  ///< of the micro-benchmark where it is measured
    double theoretical = 0;  ///< 0: unknown
};

/// What the data stage of a multiprocessor gives at most: 32 banks of 4 bytes a clock (CUDA programming guide).
/// 0 where clock or multiprocessors are unknown, and for L2, whose width no fact of a device tells.
double theoreticalPeak(const DeviceFacts& facts, PeakRoof roof);

/// The peaks that figures of a device are held against: measured ones where they can be believed.
class Peaks {
public:
    /// What was \p measured on another device, under another driver or by other benchmarks is left aside.
    explicit Peaks(const DeviceFacts& facts, const std::optional<DevicePeaks>& measured = {});

    [[nodiscard]] const Peak& of(PeakRoof roof) const { return m_peaks.at(static_cast<std::size_t>(roof)); }
    [[nodiscard]] bool isAnyMeasured() const;
    /// What was measured and is not used, and why; what could not be measured. A sentence each.
    [[nodiscard]] const std::vector<std::string>& remarks() const { return m_remarks; }

private:
    void use(const PeakFigure& best);
    [[nodiscard]] std::string doubtIn(const PeakFigure& best) const;

    std::array<Peak, kPeakRoofCount> m_peaks;
    std::vector<std::string> m_remarks;
};

/// "DRAM", "L1", "f16 tensor cores"
std::string_view peakRoofTitle(PeakRoof roof);

void to_json(nlohmann::json& json, const Peaks& peaks);

}  // namespace warploom
