// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/ProcessSpawner.h"
#include "base/Result.h"
#include "protocol/Handshake.h"
#include "protocol/RpcPeer.h"

namespace warploom {

/// How to start a worker of one kind.
struct WorkerCommand {
    std::string
        program;  ///< of ours: see locateProgram(); or a launcher ("ssh", "srun") whose arguments name the worker
    std::vector<std::string> arguments;
    std::string kind;  ///< what it must say it is: "compile", "device", "profile", "rewriter"
    std::vector<EnvironmentChange> environment;
    std::vector<ResourceLimit> limits;
    Bytes mostMemory{};  ///< see ProcessRequest
    std::vector<InheritedFd> inheritedFds;
    int socketFd = 0;  ///< see ProcessRequest
    nlohmann::json capabilities = nlohmann::json::object();  ///< told to the worker in the handshake
};

struct WorkerCounters {
    std::uint64_t calls = 0;  ///< completed, well or not
    std::uint64_t failures = 0;  ///< of these, completed with an Error of any kind
};

/// One worker process and the connection to it. A worker that exceeds a deadline, does not react to a cancellation
/// within its grace, or breaks the protocol is killed with its whole process group. When it dies, open calls fail with
/// ProcessFailed, which names the signal or exit code and the worker's last line on stderr, or with OutOfMemory when it
/// was killed for the memory it held. Members may be called from any thread.
class WorkerClient {
public:
    /// What a call gets when none is given: a minute, and half a second to react to a cancellation.
    static CallOptions defaultOptions();

    /// Starts the process and shakes hands. \p handshakeDeadline covers loading libraries and making contexts too.
    static Result<std::shared_ptr<WorkerClient>>
    start(const WorkerCommand& command, std::chrono::milliseconds handshakeDeadline, std::stop_token stopToken = {});
    /// Ends the worker: it has two seconds to leave by itself, but nobody waits for that.
    ~WorkerClient();
    WorkerClient(const WorkerClient&) = delete;
    WorkerClient& operator=(const WorkerClient&) = delete;

    /// See RpcPeer. Several calls may be open: the worker answers one after the other, and the deadline counts from the
    /// call.
    Result<nlohmann::json> call(const std::string& method, const nlohmann::json& params,
                                CallOptions options = defaultOptions());
    void callAsync(const std::string& method, const nlohmann::json& params, CallOptions options,
                   RpcCompletion completion);

    [[nodiscard]] bool isAlive() const;
    [[nodiscard]] int pid() const;
    /// What the worker said about itself.
    [[nodiscard]] const PeerIdentity& identity() const;
    [[nodiscard]] WorkerCounters counters() const;
    [[nodiscard]] const std::shared_ptr<ChildProcess>& process() const;

    /// Calls \p callback once when the process has ended; see ChildProcess::onExit().
    void onExit(std::function<void(const ExitStatus&)> callback);
    /// Closes the connection, which ends the worker; kills it after \p grace. Does not wait.
    void stop(std::chrono::milliseconds grace);
    void kill();

private:
    struct Shared;
    explicit WorkerClient(std::shared_ptr<ChildProcess> child);
    [[nodiscard]] CallOptions killIfUnanswered(CallOptions options) const;
    Result<> shakeHands(const WorkerCommand& command, std::chrono::milliseconds deadline, std::stop_token stopToken);

    std::shared_ptr<Shared> m_shared;
    std::shared_ptr<RpcPeer> m_peer;
};

}  // namespace warploom
