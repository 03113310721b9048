// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/AgentContexts.h"
#include "engine/RunValues.h"

namespace warploom {

// What a run, and whoever looks between runs, reads of a workspace.

/// Of every revision of the task, by their ids: what was found for an earlier one is still worth growing from.
Result<std::vector<VariantRecord>> variantsOfTask(Workspace& workspace, const std::string& task);
/// Gives members what their latest profile in the environment found.
Result<> readDiagnoses(Workspace& workspace, EnvironmentId environment, Population& population);
/// Commands that outlive their run, oldest first: guidance, banned and preferred moves.
Result<std::vector<Command>> lastingCommands(Workspace& workspace);

/// A task's lineage as it lies in its workspace while no run is going on: what agents would be told of it.
class RestingLineage {
public:
    /// \p environment: of the device that it is looked at on; figures of others do not count.
    static Result<std::unique_ptr<RestingLineage>> read(Workspace workspace, Task task, DeviceFacts device,
                                                        const EnvironmentRecord& environment);

    [[nodiscard]] AgentContexts contexts();
    [[nodiscard]] Member* find(VariantId variant) { return m_population.find(variant); }

private:
    RestingLineage(Workspace workspace, Task task, DeviceFacts device);

    Result<> readFigures(const EnvironmentRecord& environment);

    Workspace m_workspace;
    Task m_task;
    DeviceFacts m_device;
    Population m_population;
    EnvironmentId m_environment = 0;  ///< 0: nothing was evaluated there yet
    std::vector<std::string> m_guidance;
};

}  // namespace warploom
