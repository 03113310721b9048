// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "device/Device.h"
#include "protocol/CounterReport.h"

namespace warploom {

/// One counted plan, done over once a pass.
struct CounterRequest {
    std::vector<LoadedModule> reset;  ///< their variables return to their load image before each pass
    std::vector<DeviceStep> prepare;  ///< before each pass, uncounted
    std::vector<DeviceStep> steps;  ///< each launch is counted by itself
    std::vector<std::string> metrics;  ///< CUPTI's names
    bool cold = true;  ///< evict L2 before each pass
    std::chrono::milliseconds deadline{10'000};  ///< of one pass
    /// Told before each pass, from 0, of how many; false cancels.
    std::function<bool(std::size_t pass, std::size_t passes)> progress;
};

/// A device whose hardware counts.
class CounterDevice {
public:
    virtual ~CounterDevice() = default;

    /// Everything but the size. Unsupported, with what would help, where the counters cannot be read; LibraryMissing
    /// without CUPTI; Cancelled.
    virtual Result<CounterReport> count(const CounterRequest& request) = 0;
};

}  // namespace warploom
