// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/Random.h"
#include "measure/Judge.h"

namespace warploom {

// What the files of the judge's timing share.

/// One plan of a batch: on its own inputs, outputs and scratches.
struct Judge::CopyPlan {
    std::vector<JudgeBuffer> scratches;
    std::vector<DeviceStep> prepare;
    std::vector<DeviceStep> timed;
};

/// One participant of the rounds with its steps bound.
struct Judge::Member {
    std::optional<std::size_t> index;  ///< among the candidates; none for the incumbent
    LoadedCandidate* candidate = nullptr;
    TimingRequest request;
    std::vector<CopyPlan> copies;  ///< none: launch by launch
    Microseconds probed{};  ///< of its first launch
    int launches = 1;  ///< timed runs at a time
    int timed = 0;
    int ungated = 0;
};

/// One series of rounds. It has ended early once its report holds a fault.
struct Judge::Series {
    const TimingOrder& order;
    VerifyCase& verifyCase;
    bool blamesLosses = false;  ///< a runner that is gone is taken for the doing of the member that finds it so
    TimingReport report;
    std::vector<Member> members;  ///< the incumbent first
    RandomStream random{order.seed};
    std::optional<SensorReading> reading;  ///< the latest
    std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();

    /// Ends the series with the member's fault; an error that is not the member's is returned.
    Result<> blame(const Error& error, std::optional<std::size_t> index);
    /// An opponent that fails on inputs which the only candidate has had in its hands is not the one to blame.
    void blameForSpoiltInputs();
    void end(Fault fault, std::optional<std::size_t> index);
    void note(std::string text);
};

}  // namespace warploom
