// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/EngineServer.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fmt/format.h>

#include "base/Files.h"
#include "base/Log.h"
#include "store/Workspace.h"

namespace warploom {

namespace {

constexpr int kAcceptTurnMs = 200;

Result<sockaddr_un> addressOf(const std::filesystem::path& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.size() >= sizeof address.sun_path)
        return fail(ErrorCode::InvalidArgument, fmt::format("the socket path {} is too long", text));
    std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
    return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

bool isOwnUser(int socket)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::getuid();
}

Result<UniqueFd> bindTo(const std::filesystem::path& path)
{
    WARPLOOM_TRY(const sockaddr_un address, addressOf(path));
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.isOpen())
        return fail(ErrorCode::IoFailed, fmt::format("no socket: {}", std::strerror(errno)));
    // The workspace's writer lock decides who is the host: a socket file that is left over is nobody's.
    ::unlink(path.c_str());
    const mode_t before = ::umask(0177);
    const int bound = ::bind(socket.get(), generic(address), sizeof address);
    ::umask(before);
    if (bound != 0 || ::listen(socket.get(), 16) != 0)
        return fail(ErrorCode::IoFailed, fmt::format("cannot listen on {}: {}", path.string(), std::strerror(errno)));
    return socket;
}

ProgressSink progressTo(RequestContext& context)
{
    return [&context](const EvaluationProgress& step) {
        context.progress({{"stage", step.stage}, {"size", step.size}, {"rounds", step.rounds}});
    };
}

}  // namespace

struct EngineServer::Client {
    std::unique_ptr<RpcServer> server;
    std::thread thread;
    std::atomic<bool> done{false};
    bool isWatching = false;  ///< shows requests that wait; on the client's own thread
};

std::string engineNameOf(const std::string& identity, const std::filesystem::path& workspace)
{
    // A socket's path has 107 bytes at most; the file alone tells workspaces of one machine apart, until it is removed.
    constexpr std::size_t kDigits = 12;
    struct stat file{};
    if (::stat(workspace.c_str(), &file) != 0)
        file = {};
    return fmt::format("{}-{:x}-{:x}", identity.substr(0, kDigits), file.st_dev, file.st_ino);
}

Result<std::filesystem::path> engineSocketPath(const std::string& engineName)
{
    const auto folder = runtimeFolder();
    if (!folder) {
        Error error = folder.error();
        // Not the workspace: the machine lacks the folder that $XDG_RUNTIME_DIR promises.
        if (error.isNotFound())
            error = {ErrorCode::IoFailed, error.message, {}, "the folder that XDG_RUNTIME_DIR names to exist", "none"};
        return fail(std::move(error));
    }
    return *folder / fmt::format("engine-{}.sock", engineName);
}

EngineServer::EngineServer(std::filesystem::path workspace, std::filesystem::path path, UniqueFd socket,
                           EngineServices services)
    : m_workspace(std::move(workspace))
    , m_path(std::move(path))
    , m_socket(std::move(socket))
    , m_services(std::move(services))
    , m_acceptThread([this](std::stop_token stop) { accept(std::move(stop)); })
{
}

Result<std::unique_ptr<EngineServer>> EngineServer::listen(const std::filesystem::path& workspace,
                                                           const std::string& identity, EngineServices services)
{
    WARPLOOM_TRY(const auto path, engineSocketPath(engineNameOf(identity, workspace)));
    WARPLOOM_TRY(UniqueFd socket, bindTo(path));
    return std::unique_ptr<EngineServer>(new EngineServer(workspace, path, std::move(socket), std::move(services)));
}

EngineServer::~EngineServer()
{
    m_acceptThread.request_stop();
    m_acceptThread.join();
    std::list<std::unique_ptr<Client>> clients;
    {
        const std::lock_guard lock(m_mutex);
        clients.swap(m_clients);
    }
    for (const auto& client : clients)
        client->server->stop();
    for (const auto& client : clients)
        client->thread.join();
    ::unlink(m_path.c_str());
}

void EngineServer::accept(std::stop_token stop)
{
    while (!stop.stop_requested()) {
        pollfd wait{m_socket.get(), POLLIN, 0};
        if (::poll(&wait, 1, kAcceptTurnMs) <= 0) {
            reap();
            continue;
        }
        UniqueFd connection(::accept4(m_socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!connection.isOpen() || !isOwnUser(connection.get()))
            continue;
        auto channel = RpcChannel::fromSocket(std::move(connection));
        if (!channel) {
            spdlog::warn("a client could not be served: {}", channel.error().toString());
            continue;
        }
        auto client = std::make_unique<Client>();
        PeerIdentity identity;
        identity.kind = "engine";
        client->server = std::make_unique<RpcServer>(std::move(*channel), std::move(identity));
        serve(*client);
        const std::lock_guard lock(m_mutex);
        m_clients.push_back(std::move(client));
    }
}

void EngineServer::addWorkbenchMethods(RpcServer& server)
{
    server.addMethod("engine/compile",
                     [this](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
                         WARPLOOM_TRY(const CompileReport report,
                                      m_services.compile(params.get<SourceOrder>(), context.stopToken()));
                         return nlohmann::json(report);
                     });
    server.addMethod(
        "engine/check", [this](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
            WARPLOOM_TRY(const EvaluationRecord record,
                         m_services.check(params.get<SourceOrder>(), context.stopToken(), progressTo(context)));
            return nlohmann::json(record);
        });
    server.addMethod("engine/assembly",
                     [this](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
                         WARPLOOM_TRY(const AssemblyReport report,
                                      m_services.assembly(params.get<SourceOrder>(), context.stopToken()));
                         return nlohmann::json(report);
                     });
    server.addMethod(
        "engine/profile", [this](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
            WARPLOOM_TRY(const VariantProfile profile,
                         m_services.profile(params.get<ProfileOrder>(), context.stopToken(), progressTo(context)));
            return nlohmann::json(profile);
        });
}

void EngineServer::addRequestMethods(Client& client)
{
    RpcServer& server = *client.server;
    server.addMethod(
        "engine/request", [this](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
            WARPLOOM_TRY(const AgentRequest request, m_services.request(params.get<AskOrder>(), context.stopToken()));
            return nlohmann::json(request);
        });
    server.addMethod("engine/watchRequests",
                     [this, &client](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
                         const bool on = params.value("on", true);
                         if (std::exchange(client.isWatching, on) != on)
                             m_services.approvals->watch(on);
                         return nlohmann::json::object();
                     });
    server.addMethod("engine/waitingRequest",
                     [this](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
                         WARPLOOM_TRY(const AgentRequest request,
                                      m_services.approvals->request(params.value("number", std::int64_t{0})));
                         return nlohmann::json(request);
                     });
    server.addMethod("engine/approve", [this](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
        const auto decision = approvalDecisionFromName(params.value("decision", ""));
        if (!decision)
            return fail(ErrorCode::InvalidArgument, "a decision is send, skip or send-all");
        WARPLOOM_CHECK(m_services.approvals->decide(params.value("number", std::int64_t{0}), *decision));
        return nlohmann::json::object();
    });
}

void EngineServer::serve(Client& client)
{
    client.server->addMethod("engine/progress",
                             [this](const nlohmann::json&, RequestContext&) -> Result<nlohmann::json> {
                                 return nlohmann::json(m_services.progress());
                             });
    client.server->addMethod("engine/command",
                             [this](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
                                 WARPLOOM_TRY(Command command, commandFromJson(params));
                                 WARPLOOM_CHECK(m_services.command(std::move(command)));
                                 return nlohmann::json::object();
                             });
    client.server->addMethod("engine/evolve",
                             [this](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
                                 RunOrder order;
                                 order.task = params.value("task", "");
                                 order.resume = params.value("resume", false);
                                 order.settings = params.value("settings", RunSettings{});
                                 order.changes = params.value("changes", RunChanges{});
                                 for (const auto& json : params.value("first", nlohmann::json::array())) {
                                     WARPLOOM_TRY(Command command, commandFromJson(json));
                                     order.first.push_back(std::move(command));
                                 }
                                 WARPLOOM_CHECK(m_services.evolve(std::move(order)));
                                 return nlohmann::json::object();
                             });
    // What it is given is neither logged nor repeated in an error.
    client.server->addMethod("engine/keys",
                             [this](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
                                 WARPLOOM_TRY(const KeyHandover handover, keyHandoverFromJson(params));
                                 m_services.keys(handover);
                                 return nlohmann::json::object();
                             });
    addWorkbenchMethods(*client.server);
    addRequestMethods(client);
    client.server->addMethod(
        "engine/exchange", [this](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
            WARPLOOM_TRY(Workspace reader, Workspace::open(m_workspace, Workspace::Mode::ReadOnly));
            WARPLOOM_TRY(const ExchangeRecord exchange, reader.exchange(params.value("id", ExchangeId{0})));
            return nlohmann::json(exchange);
        });
    client.server->addMethod(
        "engine/events", [this](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
            WARPLOOM_TRY(Workspace reader, Workspace::open(m_workspace, Workspace::Mode::ReadOnly));
            WARPLOOM_TRY(const auto events,
                         reader.eventsSince(params.value("since", EventSequence{0}), params.value("limit", 1000)));
            return nlohmann::json{{"events", events}};
        });
    client.thread = std::thread([this, &client] {
        if (const auto served = client.server->serve(); !served)
            spdlog::info("a client's connection ended: {}", served.error().toString());
        if (client.isWatching)
            m_services.approvals->watch(false);
        client.done = true;
    });
}

void EngineServer::reap()
{
    std::list<std::unique_ptr<Client>> ended;
    {
        const std::lock_guard lock(m_mutex);
        for (auto it = m_clients.begin(); it != m_clients.end();) {
            const auto next = std::next(it);
            if ((*it)->done)
                ended.splice(ended.end(), m_clients, it);
            it = next;
        }
    }
    for (const auto& client : ended)
        client->thread.join();
}

void EngineServer::notifyAll(const std::string& method, const nlohmann::json& params)
{
    const std::lock_guard lock(m_mutex);
    for (const auto& client : m_clients) {
        // Before the handshake a client would take a notification for a breach of the protocol.
        if (!client->done && client->server->client())
            client->server->notify(method, params);
    }
}

std::size_t EngineServer::clientCount()
{
    const std::lock_guard lock(m_mutex);
    return static_cast<std::size_t>(
        std::count_if(m_clients.begin(), m_clients.end(), [](const auto& client) { return !client->done; }));
}

void EngineServer::broadcast(const EventRecord& event) { notifyAll("engine/event", event); }

void EngineServer::broadcast(const RunProgress& progress) { notifyAll("engine/progressed", progress); }

}  // namespace warploom
