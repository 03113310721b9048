// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/RpcServer.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "protocol/RpcMessage.h"
#include "protocol/RpcPeer.h"

namespace warploom {

namespace {

constexpr std::size_t kMostWaiting = 4096;
constexpr auto kEndGrace = std::chrono::milliseconds(500);
constexpr int kExitAbandoned = 3;

struct Request {
    nlohmann::json id;
    std::string method;
    nlohmann::json params;
    std::stop_source stop;
};

}  // namespace

RequestContext::RequestContext(RpcPeer& peer, nlohmann::json id, std::stop_token stopToken)
    : m_peer(peer)
    , m_id(std::move(id))
    , m_stopToken(std::move(stopToken))
{
}

void RequestContext::progress(const nlohmann::json& value) const
{
    m_peer.notify("$/progress", {{"id", m_id}, {"value", value}});
}

class RpcServer::Impl {
public:
    Impl(RpcChannel channel, PeerIdentity identity)
        : m_identity(std::move(identity))
        , m_peer(std::move(channel), makeHandlers())
    {
    }

    void exitWhenAbandoned() { m_exitsWhenAbandoned = true; }
    void addMethod(std::string name, Method method) { m_methods.insert_or_assign(std::move(name), std::move(method)); }
    Result<> serve();
    RpcPeer& peer() { return m_peer; }
    std::optional<PeerIdentity> client() const
    {
        const std::lock_guard lock(m_mutex);
        return m_client;
    }

private:
    RpcPeer::Handlers makeHandlers();
    void enqueue(const nlohmann::json& id, const std::string& method, nlohmann::json params);
    void cancel(const nlohmann::json& id);
    void end(const Error& reason);
    std::shared_ptr<Request> nextRequest();
    nlohmann::json answer(const Request& request);
    Result<nlohmann::json> initialize(const nlohmann::json& params);
    static Result<nlohmann::json> invoke(const Method& method, const Request& request, RequestContext& context);

    const PeerIdentity m_identity;
    std::map<std::string, Method> m_methods;
    bool m_exitsWhenAbandoned = false;

    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<std::shared_ptr<Request>> m_waiting;
    std::shared_ptr<Request> m_running;
    std::optional<Error> m_end;
    std::optional<PeerIdentity> m_client;
    bool m_isServing = false;

    RpcPeer m_peer;  // last: its thread uses the members above
};

RpcPeer::Handlers RpcServer::Impl::makeHandlers()
{
    RpcPeer::Handlers handlers;
    handlers.onRequest = [this](const nlohmann::json& id, const std::string& method, nlohmann::json params) {
        enqueue(id, method, std::move(params));
    };
    handlers.onNotification = [this](const std::string& method, const nlohmann::json& params) {
        if (method == "$/cancelRequest" && params.is_object() && params.contains("id"))
            cancel(params["id"]);
    };
    handlers.explainEnd = [this](Error reason) {
        end(reason);
        return reason;
    };
    handlers.onClosed = [this](const Error&) {
        std::unique_lock lock(m_mutex);
        if (m_exitsWhenAbandoned && !m_changed.wait_for(lock, kEndGrace, [this] { return !m_isServing; }))
            ::_exit(kExitAbandoned);
    };
    return handlers;
}

void RpcServer::Impl::enqueue(const nlohmann::json& id, const std::string& method, nlohmann::json params)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_waiting.size() < kMostWaiting) {
            m_waiting.push_back(std::make_shared<Request>(Request{id, method, std::move(params), {}}));
            m_changed.notify_all();
            return;
        }
    }
    m_peer.respond(id,
                   fail(ErrorCode::ProtocolViolation, fmt::format("more than {} requests are waiting", kMostWaiting)));
}

void RpcServer::Impl::cancel(const nlohmann::json& id)
{
    std::shared_ptr<Request> running;
    {
        const std::lock_guard lock(m_mutex);
        if (m_running && m_running->id == id)
            running = m_running;
        else if (std::erase_if(m_waiting, [&id](const auto& request) { return request->id == id; }) == 0)
            return;
    }
    if (running)
        running->stop.request_stop();
    else
        m_peer.respond(id, fail(ErrorCode::Cancelled, "cancelled before it began"));
}

void RpcServer::Impl::end(const Error& reason)
{
    std::shared_ptr<Request> running;
    {
        const std::lock_guard lock(m_mutex);
        m_end = reason;
        m_waiting.clear();
        running = m_running;
    }
    m_changed.notify_all();
    if (running)
        running->stop.request_stop();
}

std::shared_ptr<Request> RpcServer::Impl::nextRequest()
{
    std::unique_lock lock(m_mutex);
    m_running.reset();
    m_changed.wait(lock, [this] { return m_end || !m_waiting.empty(); });
    if (m_end)
        return nullptr;
    m_running = std::move(m_waiting.front());
    m_waiting.pop_front();
    return m_running;
}

Result<> RpcServer::Impl::serve()
{
    m_isServing = true;
    m_peer.start();
    if (!m_peer.isOpen()) {
        const std::lock_guard lock(m_mutex);
        // Without a thread nobody says that it has ended.
        if (!m_end)
            m_end = Error{ErrorCode::IoFailed, "the connection could not be started", {}, {}, {}};
    }
    while (const auto request = nextRequest())
        m_peer.sendRaw(answer(*request));
    const std::lock_guard lock(m_mutex);
    m_isServing = false;
    m_changed.notify_all();
    if (m_end->code == ErrorCode::ProtocolViolation)
        return fail(*m_end);
    return {};
}

nlohmann::json RpcServer::Impl::answer(const Request& request)
{
    if (request.method == "initialize")
        return makeResponse(request.id, initialize(request.params));
    if (!client()) {
        return makeFailure(
            request.id, RpcErrorNumber::NotInitialized,
            {ErrorCode::ProtocolViolation, "a request before the handshake", {}, "initialize", request.method});
    }
    const auto method = m_methods.find(request.method);
    if (method == m_methods.end()) {
        return makeFailure(
            request.id, RpcErrorNumber::MethodNotFound,
            {ErrorCode::Unsupported, fmt::format("a {} has no such method", m_identity.kind), {}, {}, request.method});
    }
    RequestContext context(m_peer, request.id, request.stop.get_token());
    return makeResponse(request.id, invoke(method->second, request, context));
}

Result<nlohmann::json> RpcServer::Impl::invoke(const Method& method, const Request& request, RequestContext& context)
{
    try {
        return method(request.params, context);
    } catch (const nlohmann::json::exception& error) {
        return fail(Error{ErrorCode::InvalidArgument,
                          fmt::format("params that {} does not take", request.method),
                          {},
                          {},
                          error.what()});
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::OutOfMemory, fmt::format("not enough memory for {}", request.method));
    } catch (const std::exception& error) {
        return fail(ErrorCode::Internal, fmt::format("{} failed: {}", request.method, error.what()));
    }
}

Result<nlohmann::json> RpcServer::Impl::initialize(const nlohmann::json& params)
{
    WARPLOOM_TRY(PeerIdentity client, peerIdentityFromJson(params));
    WARPLOOM_CHECK(checkVersions(m_identity, client));
    const std::lock_guard lock(m_mutex);
    if (m_client)
        return fail(ErrorCode::ProtocolViolation, "a second handshake on one connection");
    spdlog::debug("{} serves {}", m_identity.kind, client.kind);
    m_client = std::move(client);
    return toJson(m_identity);
}

RpcServer::RpcServer(RpcChannel channel, PeerIdentity identity)
    : m_impl(std::make_unique<Impl>(std::move(channel), std::move(identity)))
{
}

RpcServer::~RpcServer() = default;

Result<std::unique_ptr<RpcServer>> RpcServer::onStdio(PeerIdentity identity)
{
    WARPLOOM_TRY(RpcChannel channel, RpcChannel::fromStdio());
    auto server = std::make_unique<RpcServer>(std::move(channel), std::move(identity));
    server->m_impl->exitWhenAbandoned();
    return server;
}

void RpcServer::addMethod(std::string name, Method method) { m_impl->addMethod(std::move(name), std::move(method)); }

Result<> RpcServer::serve() { return m_impl->serve(); }

void RpcServer::notify(const std::string& method, const nlohmann::json& params)
{
    m_impl->peer().notify(method, params);
}

std::size_t RpcServer::queuedBytes() const { return m_impl->peer().queuedBytes(); }

void RpcServer::stop() { m_impl->peer().close({ErrorCode::Cancelled, "the server was stopped", {}, {}, {}}); }

std::optional<PeerIdentity> RpcServer::client() const { return m_impl->client(); }

}  // namespace warploom
