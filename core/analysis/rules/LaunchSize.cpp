// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LaunchSize.h"

#include <cmath>

#include "analysis/rules/LaunchFindings.h"

namespace warploom {

LaunchSize::LaunchSize(const ObservedLaunch& launch, const DeviceFacts& facts)
    : occupancy(launch.theoreticalOccupancy(facts))
{
    const auto blocks = static_cast<double>(launch.shape.blocks);
    threads = blocks * launch.shape.threadsPerBlock;
    warpsPerBlock = std::ceil(launch.shape.threadsPerBlock / kLanesInWarp);
    resident = occupancy.blocks;
    const double atOnce = resident * facts.multiprocessors;
    waves = atOnce > 0 ? blocks / atOnce : 0;
}

double missingLanes(const LaunchShape& shape)
{
    const double lanes = std::ceil(shape.threadsPerBlock / kLanesInWarp) * kLanesInWarp;
    return lanes > 0 ? 1 - shape.threadsPerBlock / lanes : 0;
}

}  // namespace warploom
