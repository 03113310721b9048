// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/Observation.h"

namespace warploom {

/// How long a launch's atomics on global memory take, as shares of the plan's time; not clipped. How many lanes meet at
/// an address is not counted, so that the truth lies between. Zeros where nothing has counted atomics.
struct AtomicQueue {
    double apart = 0;  ///< every lane has an address of its own
    double together = 0;  ///< all lanes meet at one
};

AtomicQueue atomicQueue(const Observation& observation, const ObservedLaunch& launch);

}  // namespace warploom
