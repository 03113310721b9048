// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/RooflineData.h"

#include <algorithm>
#include <cmath>

namespace warploom {

namespace {

using Kind = RooflineRoof::Kind;

/// Room around what is shown.
constexpr double kRoom = 3;
constexpr double kRoomAbove = 2;
/// Further below the highest roof nothing is told apart any more.
constexpr double kMostSpan = 1e9;

bool isPositive(double value) { return std::isfinite(value) && value > 0; }

const RooflineRoof* memoryRoof(const RooflineData& data, const std::string& level)
{
    const RooflineRoof* found = nullptr;
    for (const RooflineRoof& roof : data.roofs) {
        if (roof.kind != Kind::Memory || !isPositive(roof.perSecond))
            continue;
        if (roof.name == level)
            return &roof;
        if (level.empty() && (found == nullptr || roof.perSecond < found->perSecond))
            found = &roof;
    }
    return found;
}

const RooflineRoof* computeRoof(const RooflineData& data, const std::string& unit)
{
    const RooflineRoof* found = nullptr;
    for (const RooflineRoof& roof : data.roofs) {
        if (roof.kind != Kind::Compute || !isPositive(roof.perSecond))
            continue;
        if (!unit.empty() && roof.name == unit)
            return &roof;
        if (found == nullptr || roof.perSecond > found->perSecond)
            found = &roof;
    }
    return found;
}

/// Grows an axis to hold a value.
void include(LogAxis& axis, double value)
{
    if (!isPositive(value))
        return;
    axis.low = std::min(axis.low, value);
    axis.high = std::max(axis.high, value);
}

void includeRoofs(const RooflineData& data, LogAxis& intensity, LogAxis& perSecond)
{
    for (const RooflineRoof& memory : data.roofs)
        for (const RooflineRoof& compute : data.roofs) {
            if (memory.kind != Kind::Memory || compute.kind != Kind::Compute || !isPositive(memory.perSecond)
                || !isPositive(compute.perSecond))
                continue;
            include(intensity, compute.perSecond / memory.perSecond);
            include(perSecond, compute.perSecond);
        }
}

}  // namespace

bool isPlottable(const RooflinePoint& point) { return isPositive(point.intensity) && isPositive(point.perSecond); }

RooflineCeiling ceilingAt(const RooflineData& data, double intensity, const std::string& unit, const std::string& level)
{
    const RooflineRoof* memory = memoryRoof(data, level);
    const RooflineRoof* compute = computeRoof(data, unit);
    if (memory != nullptr && (compute == nullptr || memory->perSecond * intensity < compute->perSecond))
        return {memory->perSecond * intensity, memory->name};
    return compute == nullptr ? RooflineCeiling{} : RooflineCeiling{compute->perSecond, compute->name};
}

std::optional<RooflinePoint> idealPoint(const RooflineData& data)
{
    if (!data.idealIntensity || !isPositive(*data.idealIntensity))
        return std::nullopt;
    RooflinePoint point;
    point.intensity = *data.idealIntensity;
    point.perSecond = ceilingAt(data, point.intensity, data.idealUnit).perSecond;
    return isPlottable(point) ? std::optional(point) : std::nullopt;
}

double LogAxis::shareOf(double value) const { return std::log(value / low) / std::log(high / low); }

double LogAxis::valueAt(double share) const { return low * std::pow(high / low, share); }

std::vector<double> LogAxis::decades(int most) const
{
    const auto first = static_cast<int>(std::ceil(std::log10(low) - 1e-9));
    const auto last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
    const int step = std::max(1, (last - first + std::max(most, 1)) / std::max(most, 1));
    std::vector<double> ticks;
    for (int exponent = first; exponent <= last; exponent += step)
        ticks.push_back(std::pow(10.0, exponent));
    return ticks;
}

RooflineAxes::RooflineAxes(const RooflineData& data)
{
    constexpr double kNothing = 1e300;
    intensity = {kNothing, 0};
    perSecond = {kNothing, 0};
    includeRoofs(data, intensity, perSecond);
    const auto ideal = idealPoint(data);
    std::vector<RooflinePoint> points = data.points;
    if (ideal)
        points.push_back(*ideal);
    for (const RooflinePoint& point : points)
        if (isPlottable(point)) {
            include(intensity, point.intensity);
            include(perSecond, point.perSecond);
        }
    if (intensity.high == 0)
        intensity = {0.1, 100};
    intensity.low = std::max(intensity.low, intensity.high / kMostSpan) / kRoom;
    intensity.high *= kRoom;
    // Where the slowest memory comes in from the left.
    include(perSecond, ceilingAt(data, intensity.low).perSecond);
    if (perSecond.high == 0)
        perSecond = {1e9, 1e12};
    perSecond.low = std::max(perSecond.low, perSecond.high / kMostSpan) / kRoomAbove;
    perSecond.high *= kRoomAbove;
}

}  // namespace warploom
