// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/DeviceFacts.h"

namespace warploom {

/// Why a card's counters could not be read.
enum class CounterObstacle {
    NoCard,  ///< the device is the emulator
    Privileges,  ///< this user may not
    VirtualMachine,  ///< the host of the virtual card does not let guests
    OtherProfiler,  ///< another one is attached to the process
    CountersHeld,  ///< another program holds the card's counters
    Confidential,
    Mig,
    Wsl,
    NoLibrary,
    OldLibrary,
    NoHeaders,  ///< this build was made without CUPTI's
    Unknown,
};

/// One thing that a person can do.
struct Remedy {
    std::string sentence;  ///< when it helps, or what it does; ends without a colon or full stop
    std::string command;  ///< for a shell; empty where no command does it

    friend bool operator==(const Remedy&, const Remedy&) = default;
};

/// What stands in the way by a worker's own words: CUPTI's names of its results count, not the sentences around them.
CounterObstacle counterObstacleOf(std::string_view message);

/// Paths of this installation that commands name.
struct InstallationPaths {
    std::string worker = "warploom-worker";
    std::string fetchCuda = "packaging/fetch-cuda.sh";
};

/// What would allow the counters to be read, the least effort first; empty where nothing is known to.
std::vector<Remedy> remediesOf(CounterObstacle obstacle, const DeviceFacts& facts, const InstallationPaths& paths);

}  // namespace warploom
