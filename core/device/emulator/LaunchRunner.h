// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "device/Device.h"
#include "device/emulator/BlockRunner.h"
#include "device/emulator/GlobalMemory.h"
#include "device/emulator/LaunchChecks.h"
#include "device/emulator/Program.h"
#include "device/emulator/WorkerPool.h"
#include "protocol/Counters.h"
#include "protocol/DeviceFacts.h"

namespace warploom::emulator {

/// Why the GPU would refuse the launch, or nothing.
std::optional<Fault> launchRefusal(const Program& program, const LaunchStep& step, const DeviceFacts& facts);

/// Checks the arguments against the parameters and packs them. InvalidArgument when they do not fit.
Result<LaunchShape> launchShape(const Program& program, const LaunchStep& step, const DeviceFacts& facts);

/// Turns counts by instruction into counts of the launch, by source line too. Exact for the blocks that ran.
LaunchCounters foldCounters(const Program& program, const std::vector<PcCounters>& counters);

/// When a run has to end, whatever the kernel does. Thread-safe.
class RunBudget {
public:
    RunBudget(const RunLimits& limits, std::chrono::steady_clock::time_point deadline)
        : m_limits(limits)
        , m_deadline(deadline)
    {
    }

    /// Books warp instructions; a Timeout fault when the budget, the time or the caller's patience is at its end.
    std::optional<Fault> spend(std::uint64_t warpInstructions);
    /// Cancelled when it was the caller's patience: the fault says nothing about the kernel then.
    [[nodiscard]] Result<> notCancelled() const;

private:
    const RunLimits& m_limits;
    std::chrono::steady_clock::time_point m_deadline;
    std::atomic<std::uint64_t> m_spent{0};
    std::atomic<bool> m_cancelled{false};
};

struct LaunchResult {
    std::optional<Fault> fault;  ///< of the first block, in grid order, that met one
    LaunchCounters counters;
    std::vector<RunNote> notes;
};

/// Runs every block of a launch, spread over the pool's threads. Results do not depend on how many there are, except
/// for the order in which blocks add floats atomically. \p checks may be null: nothing is watched then.
LaunchResult runLaunch(const Program& program, const LaunchShape& shape, GlobalMemory& memory, WorkerPool& pool,
                       RunBudget& budget, LaunchChecks* checks);

}  // namespace warploom::emulator
