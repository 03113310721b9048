// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "workers/WorkerClient.h"

#include <atomic>
#include <utility>

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr auto kDefaultDeadline = std::chrono::minutes(1);
constexpr auto kDefaultCancelGrace = std::chrono::milliseconds(500);
constexpr auto kFarewell = std::chrono::seconds(2);
/// How long an ending connection may wait to learn how its process ended: more than a kill takes, less than anybody
/// notices.
constexpr auto kLearnStatus = std::chrono::milliseconds(300);

Error withLastWords(Error error, const ChildProcess& child)
{
    if (const std::string words = child.lastErrorLine(); !words.empty())
        error.message += fmt::format("; its last words: {}", words);
    return error;
}

}  // namespace

/// What the reader thread needs even when the WorkerClient is being destroyed.
struct WorkerClient::Shared {
    std::shared_ptr<ChildProcess> child;
    PeerIdentity identity;
    std::atomic<std::uint64_t> calls{0};
    std::atomic<std::uint64_t> failures{0};
    std::atomic<bool> isEnding{false};
    std::atomic<bool> wasStuck{false};

    Error explainEnd(Error reason) const;
    void count(const Result<nlohmann::json>& outcome);
};

/// The connection has ended: says why in terms of the process.
Error WorkerClient::Shared::explainEnd(Error reason) const
{
    if (reason.code == ErrorCode::ProtocolViolation) {
        child->killGroup();
        reason.message = fmt::format("{} broke the protocol: {}", child->name(), reason.message);
        return withLastWords(std::move(reason), *child);
    }
    if (reason.code == ErrorCode::Cancelled || isEnding)
        return reason;
    if (!child->waitFor(
            kLearnStatus)) {  // it has closed its stdout or its pipe broke: no use any more, though it lives
        child->killGroup();
        return withLastWords(
            {ErrorCode::ProcessFailed, fmt::format("{} was killed: {}", child->name(), reason.message), {}, {}, {}},
            *child);
    }
    if (const std::string killReason = child->killReason(); !killReason.empty())
        return {ErrorCode::OutOfMemory, fmt::format("{} was killed because {}", child->name(), killReason), {}, {}, {}};
    if (wasStuck)
        return {ErrorCode::ProcessFailed,
                fmt::format("{} was killed because an earlier request got no answer", child->name()),
                {},
                {},
                {}};
    return withLastWords({ErrorCode::ProcessFailed,
                          fmt::format("{} ended with {}", child->name(), child->exitStatus()->toString()),
                          {},
                          {},
                          {}},
                         *child);
}

CallOptions WorkerClient::defaultOptions()
{
    CallOptions options;
    options.deadline = kDefaultDeadline;
    options.cancelGrace = kDefaultCancelGrace;
    return options;
}

WorkerClient::WorkerClient(std::shared_ptr<ChildProcess> child)
    : m_shared(std::make_shared<Shared>())
{
    m_shared->child = std::move(child);
    RpcPeer::Handlers handlers;
    handlers.explainEnd = [shared = m_shared](Error reason) { return shared->explainEnd(std::move(reason)); };
    m_peer = std::make_shared<RpcPeer>(
        RpcChannel{m_shared->child->takeStandardOutput(), m_shared->child->takeStandardInput()}, std::move(handlers));
    m_peer->start();
    // Usually the end of its stdout says it first, but a descendant may keep that open.
    m_shared->child->onExit([peer = std::weak_ptr<RpcPeer>(m_peer)](const ExitStatus&) {
        if (const auto alive = peer.lock())
            alive->finish({ErrorCode::IoFailed, "its process has ended", {}, {}, {}});
    });
}

Result<std::shared_ptr<WorkerClient>> WorkerClient::start(const WorkerCommand& command,
                                                          std::chrono::milliseconds handshakeDeadline,
                                                          std::stop_token stopToken)
{
    ProcessRequest request;
    request.program = command.program;
    request.arguments = command.arguments;
    request.environment = command.environment;
    request.limits = command.limits;
    request.inheritedFds = command.inheritedFds;
    request.socketFd = command.socketFd;
    request.mostMemory = command.mostMemory;
    WARPLOOM_TRY(std::shared_ptr<ChildProcess> child, ProcessSpawner::shared().spawn(request));
    const std::shared_ptr<WorkerClient> client(new WorkerClient(std::move(child)));
    if (auto greeted = client->shakeHands(command, handshakeDeadline, std::move(stopToken)); !greeted) {
        client->kill();
        return fail(std::move(greeted).error());
    }
    return client;
}

Result<> WorkerClient::shakeHands(const WorkerCommand& command, std::chrono::milliseconds deadline,
                                  std::stop_token stopToken)
{
    PeerIdentity own;
    own.kind = "engine";
    own.capabilities = command.capabilities;
    auto greeted = warploom::shakeHands(*m_peer, own, command.kind, deadline, std::move(stopToken));
    if (greeted) {
        m_shared->identity = std::move(*greeted);
        return {};
    }
    Error error = std::move(greeted).error();
    if (error.code == ErrorCode::Timeout)
        return fail(withLastWords(
            {ErrorCode::Timeout,
             fmt::format("{} did not introduce itself within {} ms", m_shared->child->name(), deadline.count())},
            *m_shared->child));
    return fail(std::move(error));
}

WorkerClient::~WorkerClient() { stop(kFarewell); }

/// A worker that leaves a call unanswered is stuck: nothing but its end gets the processor or the device back.
CallOptions WorkerClient::killIfUnanswered(CallOptions options) const
{
    options.onUnanswered = [shared = m_shared, also = std::move(options.onUnanswered)] {
        shared->wasStuck = true;
        shared->child->killGroup();
        if (also)
            also();
    };
    return options;
}

void WorkerClient::Shared::count(const Result<nlohmann::json>& outcome)
{
    ++calls;
    if (!outcome)
        ++failures;
}

Result<nlohmann::json> WorkerClient::call(const std::string& method, const nlohmann::json& params, CallOptions options)
{
    auto outcome = m_peer->call(method, params, killIfUnanswered(std::move(options)));
    m_shared->count(outcome);
    return outcome;
}

void WorkerClient::callAsync(const std::string& method, const nlohmann::json& params, CallOptions options,
                             RpcCompletion completion)
{
    m_peer->callAsync(method, params, killIfUnanswered(std::move(options)),
                      [shared = m_shared, completion = std::move(completion)](Result<nlohmann::json> outcome) {
                          shared->count(outcome);
                          completion(std::move(outcome));
                      });
}

bool WorkerClient::isAlive() const { return m_peer->isOpen() && m_shared->child->isRunning(); }

int WorkerClient::pid() const { return m_shared->child->pid(); }

const PeerIdentity& WorkerClient::identity() const { return m_shared->identity; }

WorkerCounters WorkerClient::counters() const { return {m_shared->calls, m_shared->failures}; }

const std::shared_ptr<ChildProcess>& WorkerClient::process() const { return m_shared->child; }

void WorkerClient::onExit(std::function<void(const ExitStatus&)> callback)
{
    m_shared->child->onExit(std::move(callback));
}

void WorkerClient::stop(std::chrono::milliseconds grace)
{
    m_shared->isEnding = true;
    m_peer->close({ErrorCode::Cancelled, fmt::format("{} was stopped", m_shared->child->name()), {}, {}, {}});
    m_shared->child->endWithin(grace);
}

void WorkerClient::kill() { m_shared->child->killGroup(); }

}  // namespace warploom
