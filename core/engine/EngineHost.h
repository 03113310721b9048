// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "engine/Engine.h"
#include "engine/EngineServer.h"

namespace warploom {

/// One workspace with its runs and its listening socket: what `evolve` and `serve` are made of.
class EngineHost {
public:
    using ProgressSink = std::function<void(const RunProgress&)>;

    /// Opens (or makes) the workspace and listens. Locked when another host has it.
    static Result<std::unique_ptr<EngineHost>> open(const std::filesystem::path& workspace);

    [[nodiscard]] const std::filesystem::path& workspacePath() const { return m_path; }
    [[nodiscard]] const std::filesystem::path& socketPath() const { return m_server->socketPath(); }

    /// Runs on the calling thread until the run ends. \p sink is called on it too.
    Result<RunProgress> evolve(const Task& task, const RunSettings& settings, bool resume, std::stop_token stop,
                               const ProgressSink& sink);
    /// The task of the latest run, from the workspace itself, with that run's settings.
    Result<std::pair<Task, RunSettings>> latestRun();
    /// Waits for clients' engine/evolve and carries it out, until \p stop.
    Result<> serve(std::stop_token stop);

private:
    struct Order {
        std::string taskPath;
        RunSettings settings;
    };

    explicit EngineHost(std::filesystem::path path)
        : m_path(std::move(path))
    {
    }

    EngineServices services();

    std::filesystem::path m_path;
    std::optional<Workspace> m_workspace;  ///< while no run holds it
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    Engine* m_engine = nullptr;  ///< of the run that is going on
    std::optional<Order> m_order;
    RunProgress m_last;
    std::unique_ptr<EngineServer> m_server;  ///< last: its threads use everything above
};

}  // namespace warploom
