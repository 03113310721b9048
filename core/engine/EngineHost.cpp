// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/EngineHost.h"

#include "agent/RulesAgent.h"
#include "base/Log.h"
#include "task/TaskLoader.h"

namespace warploom {

Result<std::unique_ptr<EngineHost>> EngineHost::open(const std::filesystem::path& workspace)
{
    WARPLOOM_TRY(Workspace opened, Workspace::open(workspace, Workspace::Mode::Create));
    std::unique_ptr<EngineHost> host(new EngineHost(workspace));
    const std::string identity = opened.identity();
    host->m_workspace = std::move(opened);
    WARPLOOM_TRY(host->m_server, EngineServer::listen(workspace, identity, host->services()));
    return host;
}

EngineServices EngineHost::services()
{
    EngineServices services;
    services.progress = [this] {
        const std::lock_guard lock(m_mutex);
        return m_engine != nullptr ? m_engine->progress() : m_last;
    };
    services.command = [this](Command command) -> Result<> {
        const std::lock_guard lock(m_mutex);
        if (m_engine == nullptr)
            return fail(ErrorCode::NotFound, "no run is going on");
        m_engine->post(std::move(command));
        return {};
    };
    services.evolve = [this](const std::string& taskPath, const RunSettings& settings) -> Result<> {
        const std::lock_guard lock(m_mutex);
        if (m_engine != nullptr || m_order)
            return fail(ErrorCode::Locked, "a run is going on already");
        m_order = Order{taskPath, settings};
        m_changed.notify_all();
        return {};
    };
    return services;
}

Result<RunProgress> EngineHost::evolve(const Task& task, const RunSettings& settings, bool resume, std::stop_token stop,
                                       const ProgressSink& sink)
{
    std::vector<std::unique_ptr<Agent>> agents;
    agents.push_back(std::make_unique<RulesAgent>());
    WARPLOOM_TRY(const auto engine, Engine::start(*m_workspace, task, settings, resume, std::move(agents), stop));
    Engine::Listener listener;
    listener.onEvent = [this](const EventRecord& event) { m_server->broadcast(event); };
    listener.onProgress = [this, &sink](const RunProgress& progress) {
        m_server->broadcast(progress);
        if (sink)
            sink(progress);
    };
    engine->setListener(std::move(listener));
    {
        const std::lock_guard lock(m_mutex);
        m_engine = engine.get();
    }
    auto outcome = engine->run(stop);
    const std::lock_guard lock(m_mutex);
    m_last = engine->progress();
    m_engine = nullptr;
    return outcome;
}

Result<std::pair<Task, RunSettings>> EngineHost::latestRun()
{
    WARPLOOM_TRY(const auto run, m_workspace->latestRun());
    if (!run)
        return fail(ErrorCode::NotFound, "the workspace has no run to take up");
    WARPLOOM_TRY(const TaskRecord record, m_workspace->task(run->task));
    std::map<std::string, std::string> files;
    for (const TaskFile& file : record.files)
        files[file.name] = file.content;
    WARPLOOM_TRY(Task task, taskFromFiles(files));
    auto settings = run->settings.get<RunSettings>();
    return std::pair{std::move(task), std::move(settings)};
}

Result<> EngineHost::serve(std::stop_token stop)
{
    while (!stop.stop_requested()) {
        Order order;
        {
            std::unique_lock lock(m_mutex);
            if (!m_changed.wait(lock, stop, [this] { return m_order.has_value(); }))
                return {};
            order = std::move(*m_order);
        }
        auto outcome = [&]() -> Result<RunProgress> {
            WARPLOOM_TRY(const Task task, loadTask(order.taskPath));
            return evolve(task, order.settings, false, stop, {});
        }();
        const std::lock_guard lock(m_mutex);
        m_order.reset();
        if (!outcome) {
            spdlog::warn("a run ended early: {}", outcome.error().toString());
            m_last.phase = "finished";
            m_last.endReason = outcome.error().toString();
        }
    }
    return {};
}

}  // namespace warploom
