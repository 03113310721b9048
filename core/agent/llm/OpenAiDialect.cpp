// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/OpenAiDialect.h"

#include <utility>

#include "agent/llm/OpenAiDecoder.h"

namespace warploom {

namespace {

constexpr std::string_view kCompletions = "/chat/completions";

std::string withoutSlashAtEnd(std::string path)
{
    while (path.ends_with('/'))
        path.pop_back();
    return path;
}

/// The path that everything lies below.
std::string openAiRoot(const HttpUrl& base)
{
    std::string path = withoutSlashAtEnd(base.path());
    if (path.ends_with(kCompletions))
        path.resize(path.size() - kCompletions.size());
    return path.empty() && base.path() == "/" ? "/v1" : path;
}

std::string_view openAiRole(ChatRole role)
{
    switch (role) {
    case ChatRole::System:
        return "system";
    case ChatRole::Assistant:
        return "assistant";
    default:
        return "user";
    }
}

nlohmann::json openAiTools(const std::vector<ChatTool>& tools)
{
    nlohmann::json list = nlohmann::json::array();
    for (const ChatTool& tool : tools) {
        list.push_back(
            {{"type", "function"},
             {"function", {{"name", tool.name}, {"description", tool.description}, {"parameters", tool.parameters}}}});
    }
    return list;
}

bool refusalSays(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

}  // namespace

HttpUrl OpenAiDialect::chatUrl(const HttpUrl& base) const
{
    return base.withPath(openAiRoot(base) + std::string(kCompletions));
}

HttpUrl OpenAiDialect::modelsUrl(const HttpUrl& base) const { return base.withPath(openAiRoot(base) + "/models"); }

std::vector<HttpHeader> OpenAiDialect::headers(std::string_view key) const
{
    std::vector<HttpHeader> headers{{"Content-Type", "application/json"}, {"Accept", "text/event-stream"}};
    if (!key.empty())
        headers.push_back({"Authorization", "Bearer " + std::string(key)});
    return headers;
}

nlohmann::json OpenAiDialect::body(const ChatRequest& request, const ChatQuirks& quirks) const
{
    nlohmann::json messages = nlohmann::json::array();
    for (const ChatMessage& message : request.messages)
        messages.push_back({{"role", openAiRole(message.role)}, {"content", message.text}});
    nlohmann::json body{{"model", request.model}, {"messages", std::move(messages)}, {"stream", !quirks.noStream}};
    if (!quirks.noStream && !quirks.noStreamOptions)
        body["stream_options"] = {{"include_usage", true}};
    // The old name is the one that every server knows; OpenAI's own models of 2024 and later refuse it.
    body[quirks.noMaxTokens ? "max_completion_tokens" : "max_tokens"] = request.maxAnswerTokens;
    if (request.temperature && !quirks.noTemperature)
        body["temperature"] = *request.temperature;
    if (!request.tools.empty() && !quirks.noTools)
        body["tools"] = openAiTools(request.tools);
    return body;
}

std::unique_ptr<ChatDecoder> OpenAiDialect::makeDecoder() const { return std::make_unique<OpenAiDecoder>(); }

ChatQuirks OpenAiDialect::learn(const ChatQuirks& quirks, std::string_view refusal) const
{
    ChatQuirks learned = quirks;
    if (refusalSays(refusal, "max_completion_tokens") && refusalSays(refusal, "max_tokens"))
        learned.noMaxTokens = true;
    else if (refusalSays(refusal, "stream_options") || refusalSays(refusal, "include_usage"))
        learned.noStreamOptions = true;
    else if (refusalSays(refusal, "temperature"))
        learned.noTemperature = true;
    else if (refusalSays(refusal, "stream") && (refusalSays(refusal, "support") || refusalSays(refusal, "verified")))
        learned.noStream = true;
    else if (refusalSays(refusal, "tool") && (refusalSays(refusal, "support") || refusalSays(refusal, "jinja")))
        learned.noTools = true;
    return learned;
}

}  // namespace warploom
