// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/Observation.h"

namespace warploom {

/// How a launch fills the device.
struct LaunchSize {
    double threads = 0;  ///< of all blocks
    double warpsPerBlock = 0;
    double resident = 0;  ///< blocks that fit on a multiprocessor at once; 0: none does
    double waves = 0;  ///< blocks over those that run at once; 0 where none fits
    Occupancy occupancy;

    LaunchSize(const ObservedLaunch& launch, const DeviceFacts& facts);
};

/// Share of its warps' lanes that do not exist: of a block of 33 threads 31 in 64.
double missingLanes(const LaunchShape& shape);

}  // namespace warploom
