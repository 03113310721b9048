// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "base/UniqueFd.h"
#include "engine/RunValues.h"
#include "protocol/RpcServer.h"

namespace warploom {

/// What clients may ask of the host; called on the clients' own threads.
struct EngineServices {
    std::function<RunProgress()> progress;
    std::function<Result<>(Command)> command;
    /// Starts a run; fails with Locked while one is going on.
    std::function<Result<>(const std::string& taskPath, const RunSettings& settings)> evolve;
};

/// Socket of the host of one workspace, by the workspace's identity.
Result<std::filesystem::path> engineSocketPath(const std::string& workspaceIdentity);

/// Serves the window, terminals and scripts on a Unix socket: mode 0600 in the user's runtime folder, peers of other
/// users are refused. Methods: engine/progress, engine/command, engine/events, engine/evolve; notifications:
/// engine/event, engine/progressed.
class EngineServer {
public:
    /// Locked when another host serves the workspace.
    static Result<std::unique_ptr<EngineServer>> listen(const std::filesystem::path& workspace,
                                                        const std::string& identity, EngineServices services);
    ~EngineServer();

    /// From any thread; clients that do not read fast enough are dropped by their connection.
    void broadcast(const EventRecord& event);
    void broadcast(const RunProgress& progress);
    [[nodiscard]] const std::filesystem::path& socketPath() const { return m_path; }

private:
    struct Client;

    EngineServer(std::filesystem::path workspace, std::filesystem::path path, UniqueFd socket, EngineServices services);

    void accept(std::stop_token stop);
    void serve(Client& client);
    void notifyAll(const std::string& method, const nlohmann::json& params);
    void reap();

    std::filesystem::path m_workspace;
    std::filesystem::path m_path;
    UniqueFd m_socket;
    EngineServices m_services;
    std::mutex m_mutex;
    std::list<std::unique_ptr<Client>> m_clients;
    std::jthread m_acceptThread;  ///< last: it uses everything above
};

}  // namespace warploom
