// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/EngineClient.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

#include <fmt/format.h>

#include "engine/EngineServer.h"
#include "protocol/BoundedJson.h"

namespace warploom {

namespace {

/// A check of a slow kernel takes minutes; the judge has deadlines of its own.
constexpr std::chrono::minutes kPatience{30};

Result<UniqueFd> connectTo(const std::filesystem::path& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.size() >= sizeof address.sun_path)
        return fail(ErrorCode::InvalidArgument, fmt::format("the socket path {} is too long", text));
    std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.isOpen() || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fail(ErrorCode::NotFound, fmt::format("no host serves this workspace: {}", std::strerror(errno)));
    return socket;
}

CallOptions patientOptions(std::stop_token stop, const ProgressSink& progress)
{
    CallOptions options;
    options.deadline = kPatience;
    options.stopToken = std::move(stop);
    options.onProgress = [progress](const nlohmann::json& value) {
        if (progress)
            progress({value.value("stage", ""), value.value("size", ""), value.value("rounds", 0)});
    };
    return options;
}

}  // namespace

Result<std::unique_ptr<EngineClient>> EngineClient::connect(const std::string& workspaceIdentity, Listener listener)
{
    WARPLOOM_TRY(const auto path, engineSocketPath(workspaceIdentity));
    WARPLOOM_TRY(UniqueFd socket, connectTo(path));
    WARPLOOM_TRY(RpcChannel channel, RpcChannel::fromSocket(std::move(socket)));
    RpcPeer::Handlers handlers;
    handlers.onNotification = [listener](const std::string& method, const nlohmann::json& params) {
        if (method == "engine/event" && listener.onEvent)
            listener.onEvent(params.get<EventRecord>());
        else if (method == "engine/progressed" && listener.onProgress)
            listener.onProgress(params.get<RunProgress>());
    };
    handlers.onClosed = listener.onClosed;
    auto peer = std::make_unique<RpcPeer>(std::move(channel), std::move(handlers));
    peer->start();
    PeerIdentity own;
    own.kind = "client";
    WARPLOOM_TRY(const PeerIdentity host, shakeHands(*peer, own, "engine", std::chrono::seconds(5)));
    return std::unique_ptr<EngineClient>(new EngineClient(std::move(peer)));
}

void EngineClient::close() { m_peer->close({ErrorCode::Cancelled, "the connection was given up", {}, {}, {}}); }

Result<RunProgress> EngineClient::progress()
{
    WARPLOOM_TRY(const auto answer, m_peer->call("engine/progress", nlohmann::json::object()));
    return valueFromJson<RunProgress>(answer);
}

Result<> EngineClient::send(const Command& command)
{
    WARPLOOM_TRY(const auto answer, m_peer->call("engine/command", command));
    return {};
}

Result<> EngineClient::evolve(const RunOrder& order)
{
    WARPLOOM_TRY(const auto answer,
                 m_peer->call("engine/evolve",
                              {{"task", order.task},
                               {"settings", order.settings},
                               {"resume", order.resume},
                               {"changes", order.changes},
                               {"first", order.first}}));
    return {};
}

Result<> EngineClient::handKeys(const KeyHandover& handover)
{
    WARPLOOM_TRY(const auto answer, m_peer->call("engine/keys", keyHandoverToJson(handover)));
    return {};
}

Result<CompileReport> EngineClient::compile(const SourceOrder& order, std::stop_token stop)
{
    CallOptions options;
    options.deadline = kPatience;
    options.stopToken = std::move(stop);
    WARPLOOM_TRY(const auto answer, m_peer->call("engine/compile", order, std::move(options)));
    return valueFromJson<CompileReport>(answer);
}

Result<EvaluationRecord> EngineClient::check(const SourceOrder& order, std::stop_token stop,
                                             const ProgressSink& progress)
{
    WARPLOOM_TRY(const auto answer, m_peer->call("engine/check", order, patientOptions(std::move(stop), progress)));
    return valueFromJson<EvaluationRecord>(answer);
}

Result<AssemblyReport> EngineClient::assembly(const SourceOrder& order, std::stop_token stop)
{
    WARPLOOM_TRY(const auto answer, m_peer->call("engine/assembly", order, patientOptions(std::move(stop), {})));
    return valueFromJson<AssemblyReport>(answer);
}

Result<VariantProfile> EngineClient::profile(const ProfileOrder& order, std::stop_token stop,
                                             const ProgressSink& progress)
{
    WARPLOOM_TRY(const auto answer, m_peer->call("engine/profile", order, patientOptions(std::move(stop), progress)));
    return valueFromJson<VariantProfile>(answer);
}

Result<AgentRequest> EngineClient::request(const AskOrder& order, std::stop_token stop)
{
    WARPLOOM_TRY(const auto answer, m_peer->call("engine/request", order, patientOptions(std::move(stop), {})));
    return valueFromJson<AgentRequest>(answer);
}

Result<> EngineClient::watchRequests(bool on)
{
    WARPLOOM_TRY(const auto answer, m_peer->call("engine/watchRequests", {{"on", on}}));
    return {};
}

Result<AgentRequest> EngineClient::waitingRequest(std::int64_t number)
{
    WARPLOOM_TRY(const auto answer, m_peer->call("engine/waitingRequest", {{"number", number}}));
    return valueFromJson<AgentRequest>(answer);
}

Result<> EngineClient::approve(std::int64_t number, ApprovalGate::Decision decision)
{
    WARPLOOM_TRY(const auto answer,
                 m_peer->call("engine/approve", {{"number", number}, {"decision", approvalDecisionName(decision)}}));
    return {};
}

Result<ExchangeRecord> EngineClient::exchange(ExchangeId id)
{
    WARPLOOM_TRY(const auto answer, m_peer->call("engine/exchange", {{"id", id}}));
    return valueFromJson<ExchangeRecord>(answer);
}

Result<std::vector<EventRecord>> EngineClient::eventsSince(EventSequence sequence, int limit)
{
    WARPLOOM_TRY(const auto answer, m_peer->call("engine/events", {{"since", sequence}, {"limit", limit}}));
    return valueFromJson<std::vector<EventRecord>>(answer.is_object() ? answer.value("events", nlohmann::json())
                                                                      : answer);
}

}  // namespace warploom
