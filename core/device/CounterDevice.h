// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "device/Device.h"
#include "protocol/CounterReport.h"
#include "protocol/InstructionReport.h"

namespace warploom {

/// A plan that is played over and over while something of it is counted, each time from the same state.
struct CountedWork {
    std::vector<LoadedModule> reset;  ///< their variables return to their load image before each time
    std::vector<DeviceStep> prepare;  ///< before each time, uncounted
    std::vector<DeviceStep> steps;
    bool cold = true;  ///< evict L2 before each time
    std::chrono::milliseconds deadline{10'000};  ///< of one time
};

/// Each launch is counted by itself.
struct CounterRequest : CountedWork {
    std::vector<std::string> metrics;  ///< CUPTI's names
    /// Told before each pass, from 0, of how many; false cancels.
    std::function<bool(std::size_t pass, std::size_t passes)> progress;
};

/// All launches are counted together.
struct InstructionRequest : CountedWork {
    InstructionFigure figure = InstructionFigure::Stalls;
    /// Stalls: the plan is played until this many samples are there, or it has taken that long.
    std::uint64_t enoughSamples = 20'000;
    std::chrono::milliseconds mostTime{3'000};
    /// Told before each time, from 0; false cancels.
    std::function<bool(std::size_t play)> progress;
};

/// A device whose hardware counts.
class CounterDevice {
public:
    virtual ~CounterDevice() = default;

    /// Everything but the size. Unsupported, with what would help, where the counters cannot be read; LibraryMissing
    /// without CUPTI; Cancelled.
    virtual Result<CounterReport> count(const CounterRequest& request) = 0;
    /// Everything but size and lines. Fails as count() does.
    virtual Result<InstructionReport> countInstructions(const InstructionRequest& request) = 0;
    /// Lets go of the counters, which count() keeps for the next time: nobody else can sample or count meanwhile.
    virtual void releaseCounters() = 0;
};

}  // namespace warploom
