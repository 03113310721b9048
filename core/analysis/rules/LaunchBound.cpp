// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Least time of a launch on a stream: 2.3 to 3.0 µs, resources/devices/*.toml.
constexpr double kLaunchMicroseconds = 2.5;
/// In a CUDA graph a launch takes about this; what it saves over the stream is not a cure of the kernel.
constexpr double kGraphLaunchMicroseconds = 1;
/// From here on the launches are most of the time, and figures of the kernels mean nothing.
constexpr double kMostlyLaunches = 0.5;

std::vector<Finding> lookForLaunches(const Observation& observation)
{
    const auto launches = static_cast<double>(observation.launches.size());
    const double time = observation.time.count();
    if (!(time > 0) || launches * kLaunchMicroseconds < kMostlyLaunches * time)
        return {};
    // One launch has to be; all others could be part of it.
    Finding finding;
    finding.saving = {std::min(1.0, (launches - 1) * kGraphLaunchMicroseconds / time),
                      std::min(1.0, (launches - 1) * kLaunchMicroseconds / time)};
    finding.numbers = {
        {"launches", launches}, {"time_us", time}, {"launch_us", std::min(time, launches * kLaunchMicroseconds)}};
    return {finding};
}

}  // namespace

Rule launchBound()
{
    return {.name = "launch-bound",
            .title = "As short as its launches",
            .sentence = "{launches} launches take about {launch_us} of {time_us}: what the kernels do hardly shows.",
            .cure = "Do it in fewer launches, or judge it by a larger size.",
            .bottleneck = Bottleneck::LaunchBound,
            .standing = Standing::First,
            .moves = {"fuse-launches"},
            .look = lookForLaunches};
}

}  // namespace warploom
