// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "evaluate/WorkerJudge.h"
#include "protocol/DevicePeaks.h"
#include "store/Workspace.h"

namespace warploom {

/// What devices can do at most: as a workspace holds it, else measured the first time that somebody asks. From any
/// thread, but for load() and store(), which belong to the workspace's.
class PeakCache {
public:
    /// Takes what the workspace holds.
    Result<> load(Workspace& workspace);
    /// Writes what was measured since the last call, an event each, and returns these.
    Result<std::vector<EventRecord>> store(Workspace& workspace);

    void add(DevicePeaks peaks);
    [[nodiscard]] std::optional<DevicePeaks> find(const DeviceFacts& facts) const;
    /// Peaks of the judge's device, measured now where they are not known (some seconds). What has failed once is not
    /// tried again while the cache lives. Unsupported on the emulator; Cancelled.
    Result<DevicePeaks> peaksOf(WorkerJudge& judge, std::stop_token stop);

private:
    struct Failure {
        std::string gpuUuid;
        Error error;
    };

    mutable std::mutex m_mutex;
    std::vector<DevicePeaks> m_known;  ///< the latest last
    std::vector<DevicePeaks> m_unstored;
    std::vector<Failure> m_failures;
};

}  // namespace warploom
