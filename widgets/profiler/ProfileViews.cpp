// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/ProfileViews.h"

#include <algorithm>

namespace warploom {

FigureOrigin originOf(const VariantProfile& profile)
{
    const auto& launches = profile.observation.launches;
    const bool isMeasured = std::any_of(launches.begin(), launches.end(),
                                        [](const ObservedLaunch& launch) { return !launch.metrics.empty(); });
    return isMeasured ? FigureOrigin::Measured : FigureOrigin::Counted;
}

KernelNames kernelNamesOf(const VariantProfile& profile)
{
    KernelNames names;
    for (const ObservedLaunch& launch : profile.observation.launches)
        if (launch.resources)
            names[launch.resources->loweredName] = launch.resources->name;
    return names;
}

std::vector<RooflineRoof> roofsOf(const Peaks& peaks)
{
    std::vector<RooflineRoof> roofs;
    for (std::size_t i = 0; i < kPeakRoofCount; ++i) {
        const auto roof = static_cast<PeakRoof>(i);
        const Peak& peak = peaks.of(roof);
        if (peak.perSecond > 0)
            roofs.push_back({isMemory(roof) ? RooflineRoof::Kind::Memory : RooflineRoof::Kind::Compute,
                             std::string(peakRoofTitle(roof)), peak.perSecond, peak.origin, peak.method});
    }
    return roofs;
}

std::optional<RooflinePoint> pointByWork(const Work& work, Microseconds time)
{
    if (!(work.flops > 0) || !(work.bytes() > 0) || !(time.count() > 0))
        return std::nullopt;
    RooflinePoint point;
    point.intensity = work.flops / work.bytes();
    point.perSecond = work.flops / (time.count() * 1e-6);
    point.isByWork = true;
    return point;
}

std::optional<RooflinePoint> dramPointOf(const VariantProfile& profile, const std::string& name)
{
    auto point = pointByWork(profile.observation.work, profile.observation.time);
    if (!point)
        return std::nullopt;
    point->name = name;
    const auto counted = countedBytes(profile.observation, PeakRoof::Dram);
    if (counted && *counted > 0) {
        point->intensity = profile.observation.work.flops / *counted;
        point->isByWork = false;
    }
    return point;
}

std::vector<RooflinePoint> levelPointsOf(const VariantProfile& profile, const std::string& name)
{
    std::vector<RooflinePoint> points;
    for (const PeakRoof level : {PeakRoof::L2, PeakRoof::L1}) {
        auto point = pointByWork(profile.observation.work, profile.observation.time);
        const auto counted = countedBytes(profile.observation, level);
        if (!point || !counted || !(*counted > 0))
            continue;
        point->name = name;
        point->level = peakRoofTitle(level);
        point->role = RooflineRole::Level;
        point->isByWork = false;
        point->intensity = profile.observation.work.flops / *counted;
        points.push_back(std::move(*point));
    }
    return points;
}

}  // namespace warploom
