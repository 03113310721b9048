// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "engine/EngineServer.h"
#include "protocol/RpcPeer.h"

namespace warploom {

/// The window's, the terminal's and scripts' way to a host: the same calls whether it lives here or in another process.
class EngineClient {
public:
    struct Listener {
        std::function<void(const EventRecord&)> onEvent;
        std::function<void(const RunProgress&)> onProgress;
        std::function<void(const Error&)> onClosed;
    };

    /// Connects to the host of a workspace. NotFound when nobody serves it. Listeners run on the connection's thread.
    static Result<std::unique_ptr<EngineClient>> connect(const std::string& workspaceIdentity, Listener listener);

    /// From any thread: calls that wait fail with Cancelled.
    void close();
    Result<RunProgress> progress();
    Result<> send(const Command& command);
    /// Returns once the host has taken the order: a run that cannot start says so in its progress.
    Result<> evolve(const RunOrder& order);
    /// For the runs that are ordered from now on; what the host was started with stays beside it.
    Result<> handKeys(const KeyHandover& handover);
    /// Waits for the compiler.
    Result<CompileReport> compile(const SourceOrder& order, std::stop_token stop = {});
    /// Waits for the verdict; \p progress is called on the connection's thread.
    Result<EvaluationRecord> check(const SourceOrder& order, std::stop_token stop, const ProgressSink& progress);
    Result<AssemblyReport> assembly(const SourceOrder& order, std::stop_token stop);
    Result<VariantProfile> profile(const ProfileOrder& order, std::stop_token stop, const ProgressSink& progress);
    /// What the agent would be sent; waits for the run's thread, or for a worker between runs.
    Result<AgentRequest> request(const AskOrder& order, std::stop_token stop);
    /// While this connection lives, requests of a run that wants it wait until they are approved here.
    Result<> watchRequests(bool on);
    /// One that waits, in full; NotFound where it does not any more.
    Result<AgentRequest> waitingRequest(std::int64_t number);
    Result<> approve(std::int64_t number, ApprovalGate::Decision decision);
    /// One request to a model or a program with its answer, texts included, which events leave out. NotFound.
    Result<ExchangeRecord> exchange(ExchangeId id);
    Result<std::vector<EventRecord>> eventsSince(EventSequence sequence, int limit = 1000);

private:
    explicit EngineClient(std::unique_ptr<RpcPeer> peer)
        : m_peer(std::move(peer))
    {
    }

    std::unique_ptr<RpcPeer> m_peer;
};

}  // namespace warploom
