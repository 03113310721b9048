// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ChildProcess.h"
#include "base/UniqueFd.h"
#include "base/Units.h"

namespace warploom {

/// What the spawner's thread and the ChildProcess objects share about one child. Not for use outside of core/base.
struct ChildState {
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t kErrorTail = 16 * 1024;

    // Set before the state is shared.
    std::string name;
    int pid = -1;
    std::function<void()> wakeSpawner;
    UniqueFd standardInput;
    UniqueFd standardOutput;
    UniqueFd socket;
    Bytes mostMemory{};

    // The spawner's thread only.
    UniqueFd pidFd;
    UniqueFd standardError;
    std::string partialLine;

    mutable std::mutex mutex;
    mutable std::condition_variable ended;
    std::optional<ExitStatus> status;
    std::vector<std::function<void(const ExitStatus&)>> callbacks;
    std::optional<Clock::time_point> killAt;
    std::string errorTail;
    std::string killReason;

    /// Signals the group unless the leader has been reaped: until then nobody else can have its number.
    void signalGroup(int signal);
    /// Kills the group if the leader holds more memory than it may; does nothing for one without a limit.
    void checkMemory();
    /// Takes in a piece of stderr: tail and log.
    void addErrorOutput(std::string_view piece);
    /// Kills what is left of the group, reaps the leader and tells everybody. The leader must have ended.
    void finish();
};

}  // namespace warploom
