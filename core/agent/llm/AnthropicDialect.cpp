// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/AnthropicDialect.h"

#include <utility>

#include "agent/llm/AnthropicDecoder.h"

namespace warploom {

namespace {

constexpr std::string_view kMessages = "/messages";
constexpr const char* kApiVersion = "2023-06-01";

std::string anthropicRoot(const HttpUrl& base)
{
    std::string path = base.path();
    while (path.ends_with('/'))
        path.pop_back();
    if (path.ends_with(kMessages))
        path.resize(path.size() - kMessages.size());
    return path.ends_with("/v1") ? path : path + "/v1";
}

nlohmann::json anthropicTools(const std::vector<ChatTool>& tools)
{
    nlohmann::json list = nlohmann::json::array();
    for (const ChatTool& tool : tools) {
        list.push_back({{"name", tool.name}, {"description", tool.description}, {"input_schema", tool.parameters}});
    }
    return list;
}

}  // namespace

HttpUrl AnthropicDialect::chatUrl(const HttpUrl& base) const
{
    return base.withPath(anthropicRoot(base) + std::string(kMessages));
}

HttpUrl AnthropicDialect::modelsUrl(const HttpUrl& base) const
{
    return base.withPath(anthropicRoot(base) + "/models");
}

std::vector<HttpHeader> AnthropicDialect::headers(std::string_view key) const
{
    std::vector<HttpHeader> headers{
        {"Content-Type", "application/json"}, {"Accept", "text/event-stream"}, {"anthropic-version", kApiVersion}};
    if (!key.empty())
        headers.push_back({"x-api-key", std::string(key)});
    return headers;
}

nlohmann::json AnthropicDialect::body(const ChatRequest& request, const ChatQuirks& quirks) const
{
    std::string system;
    nlohmann::json messages = nlohmann::json::array();
    for (const ChatMessage& message : request.messages) {
        if (message.role == ChatRole::System)
            system += (system.empty() ? "" : "\n\n") + message.text;
        else
            messages.push_back(
                {{"role", message.role == ChatRole::Assistant ? "assistant" : "user"}, {"content", message.text}});
    }
    nlohmann::json body{{"model", request.model},
                        {"messages", std::move(messages)},
                        {"max_tokens", request.maxAnswerTokens},
                        {"stream", !quirks.noStream}};
    if (!system.empty())
        body["system"] = system;
    if (request.temperature && !quirks.noTemperature)
        body["temperature"] = *request.temperature;
    if (!request.tools.empty() && !quirks.noTools)
        body["tools"] = anthropicTools(request.tools);
    return body;
}

std::unique_ptr<ChatDecoder> AnthropicDialect::makeDecoder() const { return std::make_unique<AnthropicDecoder>(); }

ChatQuirks AnthropicDialect::learn(const ChatQuirks& quirks, std::string_view refusal) const
{
    ChatQuirks learned = quirks;
    if (refusal.find("temperature") != std::string_view::npos)
        learned.noTemperature = true;
    return learned;
}

}  // namespace warploom
