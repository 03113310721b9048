// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "task/TaskLibrary.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "base/Files.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

TaskSummary summaryOf(const std::filesystem::path& folder)
{
    TaskSummary summary;
    summary.folder = folder;
    summary.name = folder.filename().string();
    const auto task = loadTask(folder.string());
    if (!task) {
        summary.problem = task.error().toString();
        return summary;
    }
    summary.name = task->name;
    summary.title = task->title;
    summary.summary = task->summary;
    summary.tags = task->tags;
    return summary;
}

}  // namespace

Result<std::filesystem::path> taskLibraryFolder()
{
    if (const char* named = std::getenv("WARPLOOM_KERNELS"))
        return std::filesystem::path(named);
    const auto programs = executableFolder();
    const std::vector<std::filesystem::path> places = {
        programs / "../share/warploom/kernels",
        programs / "../../../kernels",
    };
    for (const auto& place : places)
        if (std::error_code ignored; std::filesystem::is_directory(place, ignored))
            return std::filesystem::weakly_canonical(place);
    return fail(ErrorCode::NotFound,
                fmt::format("no task library: looked in {} and {}", places[0].string(), places[1].string()));
}

std::vector<TaskSummary> listTasks(const std::filesystem::path& folder)
{
    std::vector<TaskSummary> tasks;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
        if (std::filesystem::exists(entry.path() / "task.toml"))
            tasks.push_back(summaryOf(entry.path()));
    std::sort(tasks.begin(), tasks.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return tasks;
}

}  // namespace warploom
