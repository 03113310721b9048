// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "agent/Agent.h"
#include "base/Redactor.h"
#include "engine/ApprovalGate.h"
#include "engine/RunValues.h"
#include "store/Workspace.h"
#include "task/Task.h"

namespace warploom {

/// An agent that a person asks, and what must not be kept of it.
struct InvitedAgent {
    std::unique_ptr<Agent> agent;
    Redactor redactor;
};

using AgentInvitation = std::function<Result<InvitedAgent>(const std::string& name)>;

/// What a run is made of.
struct RunPlan {
    Task task;
    RunSettings settings;
    std::optional<RunRecord> resumed;  ///< the run to be taken up again; a new one otherwise
    Redactor redactor = {};  ///< of the keys that its agents hold, for whatever is kept of the run
    AgentInvitation invite = {};  ///< of agents that only people ask; empty: they can ask the run's own
    std::shared_ptr<ApprovalGate> approvals = {};  ///< where requests wait to be seen; null: none waits
};

/// What starting workers or looking for devices failed with: what they do not find are programs that the machine lacks,
/// not something that was named wrongly. LibraryMissing instead of NotFound.
Error asMachineError(Error error);
/// "auto" becomes "cuda:0" where there is a GPU, else "emulator"; InvalidArgument for what is no device's name.
Result<std::string> deviceForRun(const std::string& name);

/// Task and settings of the latest run, for a new one. The task comes from the workspace itself. NotFound where there
/// is none.
Result<RunPlan> planLikeLatest(Workspace& workspace);

/// The latest run that has not finished, with its own settings but for \p changes. \p task: only runs of a task of this
/// name count, whatever its revision was, and this one takes its place; otherwise the run's own. NotFound where there
/// is nothing to resume.
Result<RunPlan> planToResume(Workspace& workspace, const std::optional<Task>& task, const RunChanges& changes);

}  // namespace warploom
