// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Units.h"

namespace warploom {

/// Of the time that a run has had the device, reading counters may have so much.
inline constexpr double kProfilingShare = 0.05;
/// The first profile starts a worker and fills its buffers when there is hardly any time to have a share of.
inline constexpr Seconds kProfilingHeadStart{10};

/// Whether the counters of one more best may be read. \p device: all of the device's time, \p profiling included.
inline bool hasProfilingShare(Seconds profiling, Seconds device)
{
    return profiling <= kProfilingHeadStart + kProfilingShare * device;
}

}  // namespace warploom
