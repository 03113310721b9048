// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/Peaks.h"

namespace warploom {

// What a roofline shows, free of Qt.

/// A ceiling: bytes a second of a level of memory, or operations a second of a unit.
struct RooflineRoof {
    enum class Kind { Memory, Compute };

    Kind kind = Kind::Memory;
    std::string name;  ///< "DRAM", "f32", "f16 tensor cores"
    double perSecond = 0;
    PeakOrigin origin = PeakOrigin::Theoretical;
    std::string method;  ///< of the micro-benchmark that measured it
};

/// Why a point stands out; the later ones are drawn over the earlier ones.
enum class RooflineRole {
    Other,
    Level,  ///< the selected one, by the bytes of a level that is not DRAM
    Baseline,
    Parent,
    Best,
    Selected,
};

struct RooflinePoint {
    std::string name;  ///< "#41 tile+pad"
    double intensity = 0;  ///< operations a byte
    double perSecond = 0;  ///< operations
    RooflineRole role = RooflineRole::Other;
    std::int64_t variant = 0;
    std::string level;  ///< name of the memory roof whose bytes it is by; empty: of the slowest
    bool isByWork = false;  ///< by the least bytes of the task, for nobody has counted: a hollow mark
};

struct RooflineData {
    std::vector<RooflineRoof> roofs;
    std::vector<RooflinePoint> points;
    std::vector<std::size_t> path;  ///< indices of the points of a lineage, the oldest first
    std::optional<double> idealIntensity;  ///< operations a byte of the task's least work
    std::string idealUnit;  ///< name of the compute roof that the task may use; empty: the highest
    std::string device;
    bool isModelled = false;
    std::vector<std::string> remarks;  ///< on the roofs, a sentence each
};

/// A roof that lies over an intensity, and how high.
struct RooflineCeiling {
    double perSecond = 0;  ///< 0: no roof is known
    std::string roof;  ///< the one that limits
};

/// What is possible at an intensity from \p level (DRAM, the slowest memory, where it is empty), up to \p unit or the
/// highest unit. A level without a roof limits nothing.
RooflineCeiling ceilingAt(const RooflineData& data, double intensity, const std::string& unit = {},
                          const std::string& level = {});
/// Where the task would stand at best; nothing where its work or the roofs are unknown.
std::optional<RooflinePoint> idealPoint(const RooflineData& data);
/// Whether a point can stand on logarithmic axes.
bool isPlottable(const RooflinePoint& point);

/// A logarithmic axis.
struct LogAxis {
    double low = 1;
    double high = 10;

    /// 0 at the low end, 1 at the high one.
    [[nodiscard]] double shareOf(double value) const;
    [[nodiscard]] double valueAt(double share) const;
    /// Powers of ten in sight, at most \p most of them.
    [[nodiscard]] std::vector<double> decades(int most) const;
};

/// Axes that hold every point, every ridge and the ideal, with some room around.
struct RooflineAxes {
    LogAxis intensity;
    LogAxis perSecond;

    explicit RooflineAxes(const RooflineData& data);
};

}  // namespace warploom
