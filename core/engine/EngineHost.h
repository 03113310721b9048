// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "agent/llm/KeySource.h"
#include "engine/AgentFactory.h"
#include "engine/Engine.h"
#include "engine/EngineServer.h"
#include "engine/RunPlan.h"

namespace warploom {

/// One workspace with its runs and its listening socket: what `evolve` and `serve` are made of.
class EngineHost {
public:
    using ProgressSink = std::function<void(const RunProgress&)>;

    /// Opens (or makes) the workspace and listens. Locked when another host has it.
    /// \p agents makes the agents of its runs; null: those that people name, models with useKeys().
    static Result<std::unique_ptr<EngineHost>> open(const std::filesystem::path& workspace,
                                                    std::shared_ptr<AgentFactory> agents = nullptr);

    /// Where its model agents find their keys, beside those that clients hand over; before the first run.
    void useKeys(std::shared_ptr<const KeySource> keys);
    /// What clients handed over, then what useKeys() named. Never null.
    [[nodiscard]] const std::shared_ptr<const KeySource>& keys() const { return m_keys; }

    [[nodiscard]] const std::filesystem::path& workspacePath() const { return m_path; }
    [[nodiscard]] const std::filesystem::path& socketPath() const { return m_server->socketPath(); }

    /// The workspace as it was before this host migrated it; empty where it did not.
    [[nodiscard]] std::filesystem::path backup() const { return m_workspace->status().backup; }
    /// What planToResume() makes of this workspace.
    Result<RunPlan> planToResume(const std::optional<Task>& task, const RunChanges& changes);
    /// Runs on the calling thread until the run ends. \p sink is called on it too.
    Result<RunProgress> evolve(RunPlan plan, std::stop_token stop, const ProgressSink& sink);
    /// Removes the workspace if this host made it and nothing was evaluated in it. The host is of no use afterwards.
    void discardUnused();
    /// Carries out what clients ask for, until \p stop; or until nobody was connected and nothing ran for \p idle
    /// (zero: for ever).
    Result<> serve(std::stop_token stop, Seconds idle = {});

private:
    EngineHost(std::filesystem::path path, std::shared_ptr<AgentFactory> agents)
        : m_path(std::move(path))
        , m_agents(std::move(agents))
        , m_keys(m_handed)
    {
    }

    EngineServices services();
    void takeOrder(RunOrder order);
    Result<> command(Command command);
    Result<RunPlan> planFor(const RunOrder& order);
    Result<RunProgress> carryOut(const RunOrder& order, std::stop_token stop);
    Result<RunProgress> evolveWith(RunPlan plan, const std::vector<Command>& first, std::stop_token stop,
                                   const ProgressSink& sink);
    [[nodiscard]] std::shared_ptr<AgentFactory> standardAgents(const RunSettings& settings) const;
    Result<RunAgents> agentsFor(const RunPlan& plan);
    Result<InvitedAgent> invite(RunSettings settings, const std::string& name);
    Result<AgentRequest> requestFor(const AskOrder& order, std::stop_token stop);
    Result<AgentRequest> requestAtRest(const AskOrder& order, std::stop_token stop);
    RunOrder orderForAsking(const Command& command);
    void endRun(RunProgress last, const ProgressSink& sink);
    void steerAtRest(const Command& command);
    Result<Task> taskOf(const SourceOrder& order);
    /// Writes what was measured beside the runs. On the thread that writes the workspace.
    void storePeaks();
    [[nodiscard]] bool waitForWork(std::stop_token stop, Seconds idle);

    std::filesystem::path m_path;
    std::shared_ptr<AgentFactory> m_agents;  ///< null: made anew for each run, of what people have set up by then
    const std::shared_ptr<ChangingKeys> m_handed = std::make_shared<ChangingKeys>();
    std::shared_ptr<const KeySource> m_keys;
    bool m_isNew = false;  ///< the file was made by this host
    std::optional<Workspace> m_workspace;
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    Engine* m_engine = nullptr;  ///< of the run that is going on, once it has started
    bool m_isRunning = false;
    std::optional<RunOrder> m_order;  ///< until its run has ended
    std::deque<Command> m_commands;  ///< that came while there was no engine
    const std::shared_ptr<ApprovalGate> m_approvals = std::make_shared<ApprovalGate>();
    Workbench m_workbench;
    RunProgress m_last;
    std::unique_ptr<EngineServer> m_server;  ///< last: its threads use everything above
};

}  // namespace warploom
