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

std::vector<RooflineRoof> roofsOf(const DeviceFacts& facts)
{
    std::vector<RooflineRoof> roofs;
    const auto add = [&roofs](RooflineRoof::Kind kind, const char* name, double perSecond) {
        if (perSecond > 0)
            roofs.push_back({kind, name, perSecond, false});
    };
    add(RooflineRoof::Kind::Memory, "DRAM", facts.dramBytesPerSecond);
    add(RooflineRoof::Kind::Compute, "f64", facts.fp64FlopsPerSecond);
    add(RooflineRoof::Kind::Compute, "f32", facts.fp32FlopsPerSecond);
    add(RooflineRoof::Kind::Compute, "tf32 tensor cores", facts.tf32FlopsPerSecond);
    add(RooflineRoof::Kind::Compute, "f16 tensor cores", facts.tensorFlopsPerSecond);
    return roofs;
}

std::optional<RooflinePoint> rooflinePointOf(const VariantProfile& profile, const std::string& name)
{
    const Observation& observation = profile.observation;
    const auto read = observation.sum("dram__bytes_read.sum");
    const auto written = observation.sum("dram__bytes_write.sum");
    const double bytes = read && written ? *read + *written : observation.work.bytes();
    if (!(observation.work.flops > 0) || !(bytes > 0) || !(observation.time.count() > 0))
        return std::nullopt;
    RooflinePoint point;
    point.name = name;
    point.intensity = observation.work.flops / bytes;
    point.perSecond = observation.work.flops / (observation.time.count() * 1e-6);
    return point;
}

}  // namespace warploom
