// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mcp/McpWorkspace.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "engine/HostLauncher.h"
#include "engine/RunPlan.h"
#include "evaluate/DeviceProbe.h"
#include "store/Workspace.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

constexpr const char* kSuffix = ".warploom";

Result<std::filesystem::path> onlyWorkspaceHere()
{
    std::vector<std::filesystem::path> found;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(".", failure)) {
        if (entry.path().extension() == kSuffix)
            found.push_back(entry.path());
    }
    if (found.size() == 1)
        return found.front();
    return fail(Error{ErrorCode::InvalidArgument,
                      "which workspace is not clear",
                      {},
                      "a WORKSPACE or a TASK, or one .warploom file in the current folder",
                      fmt::format("{} of them", found.size())});
}

bool namesWorkspace(const std::filesystem::path& path)
{
    std::error_code ignored;
    return path.extension() == kSuffix
        || (std::filesystem::is_regular_file(path, ignored) && path.extension() != ".toml");
}

}  // namespace

Result<McpPlace> mcpPlaceFor(const std::string& argument, const std::string& workspace, const std::string& device)
{
    std::filesystem::path path = argument;
    if (argument.empty()) {
        WARPLOOM_TRY(path, onlyWorkspaceHere());
    }
    McpPlace place;
    place.device = device;
    std::error_code ignored;
    if (!namesWorkspace(path)) {
        WARPLOOM_TRY(const Task task, loadTask(path));
        place.task = std::filesystem::absolute(path).string();
        place.workspace = std::filesystem::absolute(workspace.empty() ? task.name + kSuffix : workspace);
        return place;
    }
    if (!workspace.empty())
        return fail(ErrorCode::InvalidArgument, "--workspace goes with a TASK");
    if (!std::filesystem::exists(path, ignored))
        return fail(ErrorCode::NotFound, fmt::format("there is no workspace {}", path.string()));
    place.workspace = std::filesystem::absolute(path);
    McpWorkspace opened(place);
    // Without a run there is no task to work on.
    WARPLOOM_TRY(const Task task, opened.task());
    return place;
}

McpWorkspace::McpWorkspace(McpPlace place)
    : m_place(std::move(place))
{
}

bool McpWorkspace::exists() const
{
    std::error_code ignored;
    return std::filesystem::exists(m_place.workspace, ignored);
}

Result<Workspace> McpWorkspace::open() const { return Workspace::open(m_place.workspace, Workspace::Mode::ReadOnly); }

Result<Task> McpWorkspace::task()
{
    if (!m_place.task.empty())
        return loadTask(m_place.task);
    WARPLOOM_TRY(Workspace reader, open());
    WARPLOOM_TRY(RunPlan latest, planLikeLatest(reader));
    return std::move(latest.task);
}

Result<std::string> McpWorkspace::device()
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_device)
            return *m_device;
    }
    std::string name = m_place.device;
    if (name.empty() && exists()) {
        WARPLOOM_TRY(Workspace reader, open());
        if (const auto latest = planLikeLatest(reader))
            name = latest->settings.device;
    }
    WARPLOOM_TRY(const std::string resolved, deviceForRun(name.empty() ? "auto" : name));
    const std::lock_guard lock(m_mutex);
    m_device = resolved;
    return resolved;
}

Result<DeviceFacts> McpWorkspace::facts()
{
    WARPLOOM_TRY(const std::string name, device());
    {
        const std::lock_guard lock(m_mutex);
        if (m_facts)
            return *m_facts;
    }
    auto probe = probeDevices();
    if (!probe)
        return fail(asMachineError(std::move(probe).error()));
    const auto found = std::find_if(probe->devices.begin(), probe->devices.end(),
                                    [&name](const DeviceFacts& facts) { return facts.id == name; });
    if (found == probe->devices.end())
        return fail(ErrorCode::DeviceMissing, fmt::format("there is no device {}", name));
    const std::lock_guard lock(m_mutex);
    m_facts = *found;
    return *found;
}

Result<std::unique_ptr<EngineClient>> McpWorkspace::connect(EngineClient::Listener listener, std::stop_token stop)
{
    WARPLOOM_TRY(auto client, attachToHost(m_place.workspace, std::move(listener), stop));
    if (m_isKept->exchange(true))
        return client;
    EngineClient::Listener keeping;
    keeping.onClosed = [isKept = m_isKept](const Error&) { *isKept = false; };
    auto keeper = attachToHost(m_place.workspace, std::move(keeping), stop);
    if (!keeper) {
        *m_isKept = false;
        return fail(std::move(keeper).error());
    }
    const std::lock_guard lock(m_mutex);
    m_keeper.swap(*keeper);
    return client;
}

Result<WorkspaceContent> McpWorkspace::content()
{
    if (!exists())
        return WorkspaceContent{};
    WARPLOOM_TRY(WorkspaceContent content, readContent(m_place.workspace));
    // A workspace may hold several tasks; before its first run it holds none.
    if (content.tasks.empty())
        return content;
    WARPLOOM_TRY(const Task own, task());
    std::erase_if(content.tasks, [&own](const TaskRecord& task) { return task.name != own.name; });
    std::set<TaskId> tasks;
    for (const TaskRecord& task : content.tasks)
        tasks.insert(task.id);
    std::erase_if(content.variants, [&tasks](const VariantRecord& one) { return !tasks.contains(one.task); });
    std::set<VariantId> variants;
    for (const VariantRecord& variant : content.variants)
        variants.insert(variant.id);
    std::erase_if(content.evaluations,
                  [&variants](const EvaluationRecord& one) { return !variants.contains(one.variant); });
    return content;
}

Result<EvaluationRecord> McpWorkspace::evaluation(EvaluationId id)
{
    WARPLOOM_TRY(Workspace reader, open());
    return reader.evaluation(id);
}

Result<std::vector<ProfileRecord>> McpWorkspace::profilesOf(VariantId id)
{
    WARPLOOM_TRY(Workspace reader, open());
    return reader.profiles({id, std::nullopt, true});
}

Result<VariantRecord> McpWorkspace::variant(VariantId id)
{
    WARPLOOM_TRY(Workspace reader, open());
    return reader.variant(id);
}

Result<SourceOrder> McpWorkspace::order(std::string source)
{
    SourceOrder order;
    order.task = m_place.task;
    WARPLOOM_TRY(order.device, device());
    order.source = std::move(source);
    return order;
}

}  // namespace warploom
