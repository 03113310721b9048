// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/ModelServer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "agent/llm/AnswerReader.h"
#include "agent/llm/HttpUrl.h"
#include "agent/llm/JsonMembers.h"
#include "agent/llm/KeyGuard.h"
#include "agent/llm/ServerRefusal.h"
#include "agent/llm/Utf8Repair.h"
#include "base/Trim.h"
#include "protocol/BoundedJson.h"

namespace warploom {

namespace {

using std::chrono::milliseconds;

constexpr Bytes kMostModelList{8 * 1024 * 1024};

/// English text and code have about four bytes a token.
std::int64_t estimatedTokens(std::size_t bytes) { return static_cast<std::int64_t>((bytes + 3) / 4); }

/// Of what the server has not counted: no prompt has no tokens, and no text.
void estimateUsage(ChatAnswer& answer, const ChatRequest& request)
{
    ChatUsage& usage = answer.usage;
    if (usage.promptTokens <= 0) {
        std::size_t asked = 0;
        for (const ChatMessage& message : request.messages)
            asked += message.text.size();
        usage.promptTokens = estimatedTokens(asked);
        usage.cachedPromptTokens = 0;
        usage.estimated = true;
    }
    std::size_t answered = answer.text.size();
    for (const ChatToolCall& call : answer.toolCalls)
        answered += call.name.size() + writeJson(call.arguments).size();
    if (usage.answerTokens <= 0 && answered > 0) {
        usage.answerTokens = estimatedTokens(answered);
        usage.estimated = true;
    }
}

/// Hands text out piece by piece without secrets, which may lie across pieces.
class GuardedSink {
public:
    GuardedSink(const KeyGuard& guard, const ChatService::TextSink& onText)
        : m_guard(guard)
        , m_onText(onText)
    {
    }

    void take(std::string_view piece)
    {
        m_held += piece;
        m_held = m_guard.cleanText(m_held);
        handOut(m_held.size() - m_guard.undecidedEnd(m_held));
    }
    void finish() { handOut(m_held.size()); }

private:
    void handOut(std::size_t bytes)
    {
        if (bytes > 0 && m_onText)
            m_onText(std::string_view(m_held).substr(0, bytes));
        m_held.erase(0, bytes);
    }

    const KeyGuard& m_guard;
    const ChatService::TextSink& m_onText;
    std::string m_held;
};

std::vector<Secret> secretsOf(const std::vector<HttpHeader>& headers)
{
    std::vector<Secret> values;
    for (const HttpHeader& header : headers)
        values.emplace_back(std::string(header.value));
    return values;
}

/// A list of OpenAI's or Anthropic's form: {"data": [{"id": …}]}; Ollama's own has "models" with "name".
std::vector<std::string> modelsIn(const nlohmann::json& answer)
{
    std::vector<std::string> names;
    for (const auto& [list, name] : {std::pair{"data", "id"}, std::pair{"models", "name"}}) {
        for (const nlohmann::json& model : memberOf(answer, list)) {
            if (std::string text = textIn(model, name); !text.empty())
                names.push_back(std::move(text));
        }
        if (!names.empty())
            break;
    }
    return names;
}

}  // namespace

/// What a request needs to be sent, and to keep its secrets.
struct ModelServer::Access {
    HttpUrl base;
    Secret key;
    KeyGuard guard;

    /// As it may leave this class.
    [[nodiscard]] Error report(Error error, int tries = 1) const
    {
        if (error.isCancelled())
            return error;
        error.message = fmt::format("{}: {}", base.server(), error.message);
        if (tries > 1)
            error.message += fmt::format(" (after {} tries)", tries);
        return guard.cleanError(std::move(error));
    }
};

struct ModelServer::Outcome {
    Result<ChatAnswer> answer;
    std::optional<milliseconds> retryAfter;
    bool hadText = false;
};

ModelServerSettings serverSettings(const ServerPreset& server)
{
    ModelServerSettings settings;
    settings.dialect = server.dialect == "anthropic" ? ChatDialectName::Anthropic : ChatDialectName::OpenAi;
    settings.baseUrl = server.url;
    settings.caFile = server.caFile;
    settings.proxy = server.proxy;
    settings.deadlines.connect = server.connectDeadline;
    settings.deadlines.total = server.answerDeadline;
    for (const auto& [name, value] : server.headers)
        settings.extraHeaders.push_back({name, value});
    return settings;
}

ModelServer::ModelServer(ModelServerSettings settings, KeySupplier key, std::shared_ptr<HttpClient> http,
                         RetryClock clock)
    : m_settings(std::move(settings))
    , m_key(std::move(key))
    , m_http(std::move(http))
    , m_clock(std::move(clock))
    , m_dialect(chatDialect(m_settings.dialect))
    , m_retries(m_settings.retries, m_settings.seed)
{
}

Result<ModelServer::Access> ModelServer::access() const
{
    WARPLOOM_TRY(HttpUrl base, HttpUrl::parse(m_settings.baseUrl));
    Secret key;
    if (m_key) {
        WARPLOOM_TRY(key, m_key());
    }
    key = Secret(std::string(trimmed(key.reveal())));  // keys come from files and clipboards
    return Access{std::move(base), key, KeyGuard(key, secretsOf(m_settings.extraHeaders))};
}

HttpRequest ModelServer::httpRequest(const HttpUrl& url, const Access& access, milliseconds atMost) const
{
    HttpRequest request;
    request.url = url.toString();
    request.headers = m_dialect.headers(access.key.reveal());
    request.headers.insert(request.headers.end(), m_settings.extraHeaders.begin(), m_settings.extraHeaders.end());
    request.deadlines = m_settings.deadlines;
    request.deadlines.total = std::max(std::min(request.deadlines.total, atMost), milliseconds(1));  // 0 is forever
    request.caFile = m_settings.caFile;
    request.proxy = m_settings.proxy;
    request.mostAnswer = m_settings.mostAnswer;
    return request;
}

Result<ChatAnswer> ModelServer::chat(const ChatRequest& request, const TextSink& onText, std::stop_token stop)
{
    WARPLOOM_TRY(const Access access, this->access());
    const auto began = m_clock.now();
    for (int failures = 0;;) {
        const auto elapsed = std::chrono::ceil<milliseconds>(m_clock.now() - began);
        const ChatQuirks quirks = quirksOf(request.model);
        Outcome outcome = tryOnce(request, quirks, access, m_settings.retries.total - elapsed, onText, stop);
        if (outcome.answer)
            return outcome.answer;
        Error& error = outcome.answer.error();
        if (!outcome.hadText && learn(request.model, quirks, error))
            continue;
        ++failures;
        const auto pause = m_retries.pauseAfter({error, outcome.retryAfter, outcome.hadText}, failures,
                                                std::chrono::ceil<milliseconds>(m_clock.now() - began));
        if (!pause)
            return fail(access.report(std::move(error), failures));
        if (!m_clock.sleep(*pause, stop))
            return fail(ErrorCode::Cancelled, "the request was cancelled");
    }
}

ModelServer::Outcome ModelServer::tryOnce(const ChatRequest& request, const ChatQuirks& quirks, const Access& access,
                                          milliseconds atMost, const TextSink& onText, std::stop_token stop)
{
    HttpRequest http = httpRequest(m_dialect.chatUrl(access.base), access, atMost);
    http.body = writeJson(m_dialect.body(request, quirks));
    GuardedSink sink(access.guard, onText);
    AnswerReader reader(m_dialect, [&sink](std::string_view piece) { sink.take(piece); });
    const auto head = m_http->send(
        http, [&reader](const HttpHead& of, std::string_view piece) { return reader.take(of, piece); }, stop);
    if (!head)
        return {fail(head.error()), {}, reader.hadText()};
    auto answer = reader.finish(*head);
    if (!answer)
        return {std::move(answer), retryAfterOf(*head), reader.hadText()};
    sink.finish();
    estimateUsage(*answer, request);
    return {access.guard.cleanAnswer(std::move(*answer)), {}, true};
}

ChatQuirks ModelServer::quirksOf(const std::string& model)
{
    const std::lock_guard lock(m_mutex);
    return m_quirks[model];
}

bool ModelServer::learn(const std::string& model, const ChatQuirks& asked, const Error& refusal)
{
    if (refusal.code != ErrorCode::RequestRefused)
        return false;
    const ChatQuirks learned = m_dialect.learn(asked, refusal.message);
    if (learned == asked)
        return false;
    const std::lock_guard lock(m_mutex);
    m_quirks[model] = learned;
    return true;
}

Result<std::vector<std::string>> ModelServer::models(std::stop_token stop)
{
    WARPLOOM_TRY(const Access access, this->access());
    HttpRequest http = httpRequest(m_dialect.modelsUrl(access.base), access, m_settings.deadlines.total);
    http.mostAnswer = std::min(http.mostAnswer, kMostModelList);
    std::string body;
    const auto head = m_http->send(
        http,
        [&body](const HttpHead&, std::string_view piece) -> Result<HttpClient::Reading> {
            body += piece;
            return HttpClient::Reading::GoOn;
        },
        stop);
    if (!head)
        return fail(access.report(head.error()));
    if (!head->isSuccess())
        return fail(access.report(refusalOf(head->status, readComplaint(body))));
    const auto answer = parseJson(repairUtf8(body).text);
    if (!answer)
        return fail(access.report({ErrorCode::BadAnswer, "the server's list of models is no valid JSON", {}, {}, {}}));
    return modelsIn(*answer);
}

}  // namespace warploom
