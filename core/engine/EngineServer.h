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
#include "engine/ApprovalGate.h"
#include "engine/KeyHandover.h"
#include "engine/RunValues.h"
#include "engine/Workbench.h"
#include "protocol/RpcServer.h"

namespace warploom {

/// A run that a client wants.
struct RunOrder {
    std::string task;  ///< folder or task.toml; empty: the task of the workspace's latest run
    RunSettings settings;
    bool resume = false;  ///< take up the latest run that has not finished, with its own settings but for the changes
    std::vector<Command> first = {};  ///< carried out before anything is proposed
    RunChanges changes = {};  ///< of a run that is resumed
};

/// What clients may ask of the host; called on the clients' own threads.
struct EngineServices {
    std::function<RunProgress()> progress;
    std::function<Result<>(Command)> command;
    /// Takes the order for a run; fails with Locked while one is going on. What hinders the run later on comes as
    /// progress: phase "finished" with a failure.
    std::function<Result<>(RunOrder)> evolve;
    /// Keys of model servers, for the runs that are ordered from now on.
    std::function<void(const KeyHandover&)> keys;
    std::function<Result<CompileReport>(const SourceOrder&, std::stop_token)> compile;
    std::function<Result<EvaluationRecord>(const SourceOrder&, std::stop_token, const ProgressSink&)> check;
    std::function<Result<AssemblyReport>(const SourceOrder&, std::stop_token)> assembly;
    std::function<Result<VariantProfile>(const ProfileOrder&, std::stop_token, const ProgressSink&)> profile;
    /// What an agent would be sent.
    std::function<Result<AgentRequest>(const AskOrder&, std::stop_token)> request = {};
    std::shared_ptr<ApprovalGate> approvals = {};
};

/// What tells the host of one workspace from all others: the workspace's identity, and the file, since a copy has the
/// same identity.
std::string engineNameOf(const std::string& identity, const std::filesystem::path& workspace);
/// Socket of the host with this name.
Result<std::filesystem::path> engineSocketPath(const std::string& engineName);

/// Serves the window, terminals and scripts on a Unix socket: mode 0600 in the user's runtime folder, peers of other
/// users are refused. Methods: engine/progress, engine/command, engine/events, engine/exchange, engine/evolve,
/// engine/keys, engine/compile, engine/check, engine/assembly, engine/profile, engine/request, engine/watchRequests,
/// engine/waitingRequest, engine/approve; notifications: engine/event, engine/progressed. The requests of one
/// connection run one after the other.
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
    /// Connections that are open.
    [[nodiscard]] std::size_t clientCount();

private:
    struct Client;

    EngineServer(std::filesystem::path workspace, std::filesystem::path path, UniqueFd socket, EngineServices services);

    void accept(std::stop_token stop);
    /// What a person wants of a text: compile, check, assembly, profile.
    void addWorkbenchMethods(RpcServer& server);
    /// What a person sees of requests to agents before they are sent.
    void addRequestMethods(Client& client);
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
