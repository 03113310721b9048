// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mcp/McpSession.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/BackgroundThread.h"
#include "protocol/BoundedJson.h"
#include "protocol/Handshake.h"
#include "protocol/MessageStream.h"

namespace warploom {

namespace {

constexpr const char* kModernRevision = "2026-07-28";
/// Those that begin with "initialize", newest first. 2025-03-26 is not among them: it demands batches.
constexpr std::array<const char*, 3> kSessionRevisions{"2025-11-25", "2025-06-18", "2024-11-05"};
constexpr int kUnsupportedRevision = -32022;
constexpr std::size_t kMostCalls = 32;
constexpr std::size_t kLongestClientName = 40;
constexpr auto kProgressEvery = std::chrono::milliseconds(100);
/// What a list says of how long it stays true: the offer never changes, the workspace does.
constexpr int kListFreshMs = 300'000;

constexpr const char* kRevisionKey = "io.modelcontextprotocol/protocolVersion";
constexpr const char* kClientKey = "io.modelcontextprotocol/clientInfo";
constexpr const char* kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
constexpr const char* kServerKey = "io.modelcontextprotocol/serverInfo";

nlohmann::json serverInfo() { return {{"name", "warploom"}, {"title", "Warploom"}, {"version", buildId()}}; }

nlohmann::json capabilities()
{
    return {{"tools", nlohmann::json::object()},
            {"resources", nlohmann::json::object()},
            {"prompts", nlohmann::json::object()}};
}

nlohmann::json failureJson(const nlohmann::json& id, int number, const std::string& message)
{
    return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", number}, {"message", message}}}};
}

nlohmann::json failureJson(const nlohmann::json& id, RpcErrorNumber number, const std::string& message)
{
    return failureJson(id, static_cast<int>(number), message);
}

/// The member, where it is an object; else an empty one.
nlohmann::json objectIn(const nlohmann::json& json, const char* key)
{
    const auto found = json.is_object() ? json.find(key) : json.end();
    return found != json.end() && found->is_object() ? *found : nlohmann::json::object();
}

std::string textMember(const nlohmann::json& json, const char* key)
{
    const auto found = json.is_object() ? json.find(key) : json.end();
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What a client calls itself, fit for a name in the lineage.
std::string clientName(const nlohmann::json& info)
{
    std::string name;
    for (const char c : textMember(info, "name")) {
        const bool isPlain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
        if (name.size() < kLongestClientName)
            name += isPlain ? c : '-';
    }
    return name.empty() ? "client" : name;
}

nlohmann::json toolJson(const McpTool& tool)
{
    return {{"name", tool.name},
            {"title", tool.title},
            {"description", tool.description},
            {"inputSchema", tool.inputSchema},
            {"annotations", {{"readOnlyHint", tool.isReadOnly}, {"destructiveHint", false}, {"openWorldHint", false}}}};
}

nlohmann::json resourceJson(const McpResource& resource)
{
    return {{"uri", resource.uri}, {"name", resource.name}, {"title", resource.title}, {"mimeType", resource.mimeType}};
}

nlohmann::json textContent(const std::string& text)
{
    return nlohmann::json::array({{{"type", "text"}, {"text", text}}});
}

nlohmann::json toolResult(const Result<ToolAnswer>& outcome)
{
    if (outcome)
        return {{"content", textContent(outcome->text)}, {"structuredContent", outcome->value}, {"isError", false}};
    const Error& error = outcome.error();
    nlohmann::json value = errorToJson(error);
    value["remedy"] = remedy(error.code);
    return {{"content", textContent(fmt::format("{}\n{}", error.toString(), remedy(error.code)))},
            {"structuredContent", {{"error", std::move(value)}}},
            {"isError", true}};
}

nlohmann::json cacheable(nlohmann::json result, int freshMs, bool isPublic)
{
    result["ttlMs"] = freshMs;
    result["cacheScope"] = isPublic ? "public" : "private";
    return result;
}

template <typename Range, typename ToJson>
nlohmann::json listOf(const Range& range, ToJson toJson)
{
    auto list = nlohmann::json::array();
    for (const auto& one : range)
        list.push_back(toJson(one));
    return list;
}

/// A value of another type than it should have must not end the program.
Result<ToolAnswer> outcomeOf(const McpTool& tool, const ToolCall& call)
{
    try {
        return tool.call(call);
    } catch (const std::exception& error) {
        return fail(ErrorCode::Internal, fmt::format("a fault in the tool {}: {}", tool.name, error.what()));
    }
}

bool isToken(const nlohmann::json& token) { return token.is_string() || token.is_number_integer(); }

}  // namespace

/// A request that is being worked on.
struct McpSession::Call {
    nlohmann::json id;
    std::stop_source stop;
    std::atomic<bool> done{false};
    std::thread thread;
};

/// Who asks, in which revision.
struct McpSession::Caller {
    bool isModern = false;
    std::string client;
    nlohmann::json progressToken;  ///< null: wants no progress
};

McpSession::McpSession(McpOffer offer, Send send)
    : m_offer(std::move(offer))
    , m_send(std::move(send))
    , m_client("client")
{
}

McpSession::~McpSession()
{
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& call : m_calls)
            call->stop.request_stop();
    }
    reap(true);
}

void McpSession::send(const nlohmann::json& message)
{
    const std::string line = writeJson(message);
    const std::lock_guard lock(m_sendMutex);
    m_send(line);
}

std::size_t McpSession::running()
{
    const std::lock_guard lock(m_mutex);
    return static_cast<std::size_t>(
        std::count_if(m_calls.begin(), m_calls.end(), [](const auto& call) { return !call->done; }));
}

void McpSession::reap(bool all)
{
    std::list<std::unique_ptr<Call>> ended;
    {
        const std::lock_guard lock(m_mutex);
        for (auto it = m_calls.begin(); it != m_calls.end();) {
            const auto next = std::next(it);
            if (all || (*it)->done)
                ended.splice(ended.end(), m_calls, it);
            it = next;
        }
    }
    for (const auto& call : ended)
        call->thread.join();
}

void McpSession::take(const std::string& line)
{
    reap(false);
    if (line.size() > kLongestLine)
        return send(failureJson(nullptr, RpcErrorNumber::ParseError,
                                fmt::format("a line of more than {} bytes was skipped", kLongestLine)));
    if (line.find_first_not_of(" \t") == std::string::npos)
        return;
    auto json = parseJson(line);
    if (!json)
        return send(failureJson(nullptr, RpcErrorNumber::ParseError, json.error().toString()));
    if (json->is_array())
        return send(failureJson(nullptr, RpcErrorNumber::InvalidRequest, "batches are not taken: one message a line"));
    nlohmann::json id;
    const auto message = readRpcMessage(std::move(*json), id);
    if (!message)
        return send(failureJson(id, RpcErrorNumber::InvalidRequest, message.error().toString()));
    if (message->kind == RpcMessage::Kind::Request)
        return takeRequest(*message);
    // Answers are to nothing that was asked, and other notifications ask for nothing.
    if (message->kind == RpcMessage::Kind::Notification && message->method == "notifications/cancelled")
        cancel(message->params);
}

void McpSession::takeRequest(const RpcMessage& message)
{
    if (message.method == "initialize")
        return initialize(message);
    const nlohmann::json meta = objectIn(message.params, "_meta");
    if (meta.contains(kRevisionKey))
        return takeModern(message, meta);
    if (message.method == "ping")
        return send(makeResponse(message.id, nlohmann::json::object()));
    if (!m_revision)
        return send(failureJson(message.id, RpcErrorNumber::InvalidParams,
                                fmt::format("neither _meta[\"{}\"] ({}) nor an initialize request before ({})",
                                            kRevisionKey, kModernRevision, fmt::join(kSessionRevisions, ", "))));
    if (message.method == "server/discover")
        return send(failureJson(message.id, RpcErrorNumber::MethodNotFound,
                                fmt::format("revision {} has no server/discover", *m_revision)));
    Caller caller;
    caller.client = m_client;
    if (const auto token = meta.find("progressToken"); token != meta.end() && isToken(*token))
        caller.progressToken = *token;
    serve(message, caller);
}

void McpSession::takeModern(const RpcMessage& message, const nlohmann::json& meta)
{
    const std::string revision = textMember(meta, kRevisionKey);
    if (revision != kModernRevision) {
        nlohmann::json failure = failureJson(message.id, kUnsupportedRevision, "Unsupported protocol version");
        failure["error"]["data"] = {{"supported", nlohmann::json::array({kModernRevision})}, {"requested", revision}};
        for (const char* known : kSessionRevisions)
            failure["error"]["data"]["supported"].push_back(known);
        return send(failure);
    }
    if (!meta.contains(kCapabilitiesKey) || !meta.at(kCapabilitiesKey).is_object())
        return send(failureJson(message.id, RpcErrorNumber::InvalidParams,
                                fmt::format("_meta lacks \"{}\"", kCapabilitiesKey)));
    Caller caller;
    caller.isModern = true;
    caller.client = clientName(objectIn(meta, kClientKey));
    if (const auto token = meta.find("progressToken"); token != meta.end() && isToken(*token))
        caller.progressToken = *token;
    if (message.method == "server/discover") {
        nlohmann::json result{{"supportedVersions", nlohmann::json::array({kModernRevision})},
                              {"capabilities", capabilities()},
                              {"instructions", m_offer.instructions}};
        for (const char* known : kSessionRevisions)
            result["supportedVersions"].push_back(known);
        return answer(message.id, caller, cacheable(std::move(result), kListFreshMs, true));
    }
    serve(message, caller);
}

void McpSession::initialize(const RpcMessage& message)
{
    const std::string wanted = textMember(message.params, "protocolVersion");
    if (wanted.empty())
        return send(failureJson(message.id, RpcErrorNumber::InvalidParams, "protocolVersion is missing"));
    const bool isKnown =
        std::find(kSessionRevisions.begin(), kSessionRevisions.end(), wanted) != kSessionRevisions.end();
    m_revision = isKnown ? wanted : kSessionRevisions.front();
    m_client = clientName(objectIn(message.params, "clientInfo"));
    send(makeResponse(message.id,
                      nlohmann::json{{"protocolVersion", *m_revision},
                                     {"capabilities", capabilities()},
                                     {"serverInfo", serverInfo()},
                                     {"instructions", m_offer.instructions}}));
}

void McpSession::serve(const RpcMessage& message, const Caller& caller)
{
    const std::string& method = message.method;
    if (method == "tools/list")
        return answer(message.id, caller, cacheable({{"tools", listOf(m_offer.tools, toolJson)}}, kListFreshMs, true));
    if (method == "tools/call")
        return callTool(message, caller);
    if (method == "resources/list")
        return listResources(message, caller);
    if (method == "resources/read")
        return readResource(message, caller);
    if (method == "resources/templates/list")
        return answer(message.id, caller,
                      cacheable({{"resourceTemplates", nlohmann::json::array()}}, kListFreshMs, true));
    if (method == "prompts/list") {
        const auto toJson = [](const McpPrompt& prompt) {
            return nlohmann::json{{"name", prompt.name}, {"title", prompt.title}, {"description", prompt.description}};
        };
        return answer(message.id, caller,
                      cacheable({{"prompts", listOf(m_offer.prompts, toJson)}}, kListFreshMs, true));
    }
    if (method == "prompts/get")
        return getPrompt(message, caller);
    send(failureJson(message.id, RpcErrorNumber::MethodNotFound, fmt::format("there is no method '{}'", method)));
}

void McpSession::cancel(const nlohmann::json& params)
{
    const auto wanted = params.is_object() ? params.find("requestId") : params.end();
    if (wanted == params.end())
        return;
    const std::lock_guard lock(m_mutex);
    for (const auto& call : m_calls) {
        if (call->id == *wanted)
            call->stop.request_stop();
    }
}

void McpSession::run(const RpcMessage& message, std::function<nlohmann::json(std::stop_token)> work)
{
    auto call = std::make_unique<Call>();
    call->id = message.id;
    const std::lock_guard lock(m_mutex);
    const auto isSame = [&message](const auto& other) { return !other->done && other->id == message.id; };
    if (std::any_of(m_calls.begin(), m_calls.end(), isSame))
        return send(failureJson(message.id, RpcErrorNumber::InvalidRequest, "a request with this id is running"));
    if (m_calls.size() >= kMostCalls)
        return send(failureJson(message.id, RpcErrorNumber::InternalError,
                                fmt::format("{} calls are running: wait for one", kMostCalls)));
    call->thread = startBackgroundThread("mcp-call", [this, one = call.get(), work = std::move(work)] {
        const nlohmann::json line = work(one->stop.get_token());
        // Nobody may hear of a request that was cancelled, once that has been taken.
        if (!one->stop.stop_requested())
            send(line);
        one->done = true;
    });
    m_calls.push_back(std::move(call));
}

void McpSession::callTool(const RpcMessage& message, const Caller& caller)
{
    const std::string name = textMember(message.params, "name");
    const auto tool = std::find_if(m_offer.tools.begin(), m_offer.tools.end(),
                                   [&name](const McpTool& one) { return one.name == name; });
    if (tool == m_offer.tools.end())
        return send(failureJson(message.id, RpcErrorNumber::InvalidParams, fmt::format("Unknown tool: '{}'", name)));
    if (message.params.contains("arguments") && !message.params.at("arguments").is_object())
        return send(failureJson(message.id, RpcErrorNumber::InvalidParams, "arguments are no object"));
    ToolCall call;
    call.arguments = objectIn(message.params, "arguments");
    call.client = caller.client;
    run(message, [this, &tool = *tool, call, caller, id = message.id](std::stop_token stop) mutable {
        call.stop = stop;
        // The judge reports each size: some are through within a millisecond.
        call.progress = [this, stop, token = caller.progressToken, count = 0, mutex = std::make_shared<std::mutex>(),
                         last = std::chrono::steady_clock::time_point()](const std::string& text) mutable {
            const std::lock_guard lock(*mutex);
            const auto now = std::chrono::steady_clock::now();
            if (token.is_null() || stop.stop_requested() || now - last < kProgressEvery)
                return;
            last = now;
            send(makeNotification("notifications/progress",
                                  {{"progressToken", token}, {"progress", ++count}, {"message", text}}));
        };
        return answerJson(id, caller, toolResult(outcomeOf(tool, call)));
    });
}

void McpSession::listResources(const RpcMessage& message, const Caller& caller)
{
    run(message, [this, caller, id = message.id](const std::stop_token&) {
        const auto resources = m_offer.resources();
        if (!resources)
            return failureJson(id, RpcErrorNumber::InternalError, resources.error().toString());
        return answerJson(id, caller, cacheable({{"resources", listOf(*resources, resourceJson)}}, 0, false));
    });
}

void McpSession::readResource(const RpcMessage& message, const Caller& caller)
{
    run(message, [this, caller, id = message.id, uri = textMember(message.params, "uri")](const std::stop_token&) {
        const auto resources = m_offer.resources();
        if (!resources)
            return failureJson(id, RpcErrorNumber::InternalError, resources.error().toString());
        const auto found = std::find_if(resources->begin(), resources->end(),
                                        [&uri](const McpResource& one) { return one.uri == uri; });
        if (found == resources->end())
            return failureJson(id, RpcErrorNumber::InvalidParams, fmt::format("there is no resource '{}'", uri));
        const auto text = found->read();
        if (!text)
            return failureJson(id, RpcErrorNumber::InternalError, text.error().toString());
        const nlohmann::json content{{"uri", uri}, {"mimeType", found->mimeType}, {"text", *text}};
        return answerJson(id, caller, cacheable({{"contents", nlohmann::json::array({content})}}, 0, false));
    });
}

void McpSession::getPrompt(const RpcMessage& message, const Caller& caller)
{
    const std::string name = textMember(message.params, "name");
    for (const McpPrompt& prompt : m_offer.prompts) {
        if (prompt.name != name)
            continue;
        const nlohmann::json text{{"role", "user"}, {"content", {{"type", "text"}, {"text", prompt.text}}}};
        return answer(message.id, caller,
                      {{"description", prompt.description}, {"messages", nlohmann::json::array({text})}});
    }
    send(failureJson(message.id, RpcErrorNumber::InvalidParams, fmt::format("there is no prompt '{}'", name)));
}

nlohmann::json McpSession::answerJson(const nlohmann::json& id, const Caller& caller, nlohmann::json result) const
{
    if (caller.isModern) {
        result["resultType"] = "complete";
        result["_meta"][kServerKey] = serverInfo();
    } else {
        result.erase("ttlMs");
        result.erase("cacheScope");
    }
    return makeResponse(id, Result<nlohmann::json>(std::move(result)));
}

void McpSession::answer(const nlohmann::json& id, const Caller& caller, nlohmann::json result)
{
    send(answerJson(id, caller, std::move(result)));
}

}  // namespace warploom
