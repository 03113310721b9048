// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/AtomicQueue.h"

namespace warploom {

namespace {

/// L2 takes this many lanes a clock and multiprocessor where they go to different addresses.
constexpr double kAtomicLanesPerClock = 1;
/// And one a clock, for the whole device, where all go to the same one.
constexpr double kSameAddressPerClock = 1;

}  // namespace

AtomicQueue atomicQueue(const Observation& observation, const ObservedLaunch& launch)
{
    const double clocks = observation.clocks();
    if (!launch.counts || !(clocks > 0))
        return {};
    const auto lanes = static_cast<double>(launch.counts->globalAtomics);
    return {lanes / (clocks * kAtomicLanesPerClock),
            lanes / (clocks / observation.facts.multiprocessors * kSameAddressPerClock)};
}

}  // namespace warploom
