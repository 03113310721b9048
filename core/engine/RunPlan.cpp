// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/RunPlan.h"

#include <fmt/format.h>

#include "evaluate/DeviceProbe.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

Result<Task> taskFrom(const TaskRecord& record)
{
    std::map<std::string, std::string> files;
    for (const TaskFile& file : record.files)
        files[file.name] = file.content;
    return taskFromFiles(files);
}

Result<RunSettings> settingsOf(const RunRecord& run)
{
    try {
        return run.settings.get<RunSettings>();
    } catch (const nlohmann::json::exception& error) {
        return fail(ErrorCode::Corrupt, fmt::format("the settings of run {}: {}", run.id, error.what()));
    }
}

Error nothingToResume(const Workspace& workspace, const std::optional<Task>& task, bool hasRuns)
{
    const std::string which = task ? fmt::format(" of the task '{}'", task->name) : "";
    return {ErrorCode::NotFound,
            fmt::format("nothing to resume: {}{} in {}", hasRuns ? "every run has finished" : "there is no run", which,
                        workspace.path().string()),
            {},
            {},
            {}};
}

}  // namespace

Error asMachineError(Error error)
{
    if (error.isNotFound())
        error.code = ErrorCode::LibraryMissing;
    return error;
}

Result<std::string> deviceForRun(const std::string& name)
{
    auto device = resolveDevice(name);
    if (!device)
        return fail(asMachineError(std::move(device).error()));
    return device;
}

Result<RunPlan> planLikeLatest(Workspace& workspace)
{
    WARPLOOM_TRY(const auto run, workspace.latestRun());
    if (!run)
        return fail(ErrorCode::NotFound, "the workspace has no run whose task could be taken");
    WARPLOOM_TRY(const TaskRecord record, workspace.task(run->task));
    WARPLOOM_TRY(Task task, taskFrom(record));
    WARPLOOM_TRY(RunSettings settings, settingsOf(*run));
    return RunPlan{std::move(task), std::move(settings), std::nullopt};
}

Result<RunPlan> planToResume(Workspace& workspace, const std::optional<Task>& task, const RunChanges& changes)
{
    WARPLOOM_TRY(const auto runs, workspace.runs());
    bool hasRuns = false;
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
        WARPLOOM_TRY(const TaskRecord record, workspace.task(run->task));
        if (task && task->name != record.name)
            continue;
        hasRuns = true;
        if (run->state == RunState::Finished)
            continue;
        WARPLOOM_TRY(RunSettings settings, settingsOf(*run));
        RunPlan plan{task.value_or(Task{}), changes.appliedTo(std::move(settings)), *run};
        if (!task) {
            WARPLOOM_TRY(plan.task, taskFrom(record));
        }
        return plan;
    }
    return fail(nothingToResume(workspace, task, hasRuns));
}

}  // namespace warploom
