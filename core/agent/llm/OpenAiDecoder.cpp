// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/OpenAiDecoder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "agent/llm/JsonMembers.h"
#include "agent/llm/ServerRefusal.h"
#include "protocol/BoundedJson.h"

namespace warploom {

namespace {

constexpr std::size_t kMostToolCalls = 256;

/// Mistral gives the text of reasoning models as a list of parts.
std::string contentText(const nlohmann::json& content)
{
    if (content.is_string())
        return content.get<std::string>();
    std::string text;
    if (content.is_array()) {
        for (const nlohmann::json& part : content) {
            if (textIn(part, "type") == "text")
                text += textIn(part, "text");
        }
    }
    return text;
}

/// Ollama and others give arguments as an object where OpenAI gives its text.
std::string argumentsText(const nlohmann::json& function)
{
    const nlohmann::json& arguments = memberOf(function, "arguments");
    return arguments.is_object() ? writeJson(arguments) : textIn(function, "arguments");
}

}  // namespace

Result<> OpenAiDecoder::takeEvent(const SseEvent& event, const ChatService::TextSink& onText)
{
    if (event.data == "[DONE]") {
        m_isClosed = true;
        return {};
    }
    auto object = parseJson(event.data);
    if (!object)
        return fail(ErrorCode::BadAnswer,
                    fmt::format("the server's stream holds no valid JSON: {}", shortLine(event.data, 80)));
    return takeObject(*object, "delta", onText);
}

Result<> OpenAiDecoder::takeWhole(const nlohmann::json& answer, const ChatService::TextSink& onText)
{
    WARPLOOM_CHECK(takeObject(answer, "message", onText));
    if (!memberOf(answer, "choices").is_array() || memberOf(answer, "choices").empty())
        return fail(ErrorCode::BadAnswer, "the server's answer has no choices: it is none of chat completions");
    m_isClosed = true;
    return {};
}

Result<> OpenAiDecoder::takeObject(const nlohmann::json& object, const char* part, const ChatService::TextSink& onText)
{
    if (!object.is_object())
        return fail(ErrorCode::BadAnswer, "the server's answer is JSON, but no object");
    if (const nlohmann::json& error = memberOf(object, "error"); error.is_object() || error.is_string())
        return fail(refusalWithin(error));
    if (m_answer.model.empty())
        m_answer.model = textIn(object, "model");
    if (const nlohmann::json& usage = memberOf(object, "usage"); usage.is_object())
        takeUsage(usage);
    const nlohmann::json& choices = memberOf(object, "choices");
    if (!choices.is_array() || choices.empty())
        return {};
    takeMessage(memberOf(choices.front(), part), onText);
    if (const std::string reason = textIn(choices.front(), "finish_reason"); !reason.empty())
        takeFinish(reason);
    return {};
}

void OpenAiDecoder::takeMessage(const nlohmann::json& message, const ChatService::TextSink& onText)
{
    takeText(contentText(memberOf(message, "content")), onText);
    if (const std::string refusal = textIn(message, "refusal"); !refusal.empty()) {
        m_answer.finish = ChatFinish::Refused;
        takeText(refusal, onText);
    }
    if (const nlohmann::json& calls = memberOf(message, "tool_calls"); calls.is_array())
        takeToolCalls(calls);
}

void OpenAiDecoder::takeText(const std::string& text, const ChatService::TextSink& onText)
{
    if (text.empty())
        return;
    m_answer.text += text;
    onText(text);
}

void OpenAiDecoder::takeToolCalls(const nlohmann::json& calls)
{
    for (const nlohmann::json& call : calls) {
        const std::string id = textIn(call, "id");
        if (memberOf(call, "index").is_number())
            m_latestCall = static_cast<std::size_t>(countIn(call, "index"));
        else if (!id.empty() || !textIn(memberOf(call, "function"), "name").empty())
            ++m_latestCall;
        m_latestCall = std::min(m_latestCall, kMostToolCalls);
        const nlohmann::json& function = memberOf(call, "function");
        m_calls.add(m_latestCall, id, textIn(function, "name"), argumentsText(function));
    }
}

void OpenAiDecoder::takeUsage(const nlohmann::json& usage)
{
    // Some servers repeat it with every event, growing.
    m_answer.usage.promptTokens = countIn(usage, "prompt_tokens");
    m_answer.usage.answerTokens = countIn(usage, "completion_tokens");
    const std::int64_t cached = countIn(memberOf(usage, "prompt_tokens_details"), "cached_tokens");
    const std::int64_t deepSeeks = countIn(usage, "prompt_cache_hit_tokens");
    m_answer.usage.cachedPromptTokens = std::min(std::max(cached, deepSeeks), m_answer.usage.promptTokens);
}

void OpenAiDecoder::takeFinish(const std::string& reason)
{
    m_hasFinish = true;
    if (reason == "length")
        m_answer.finish = ChatFinish::Length;
    else if (reason == "content_filter")
        m_answer.finish = ChatFinish::Refused;
    else if (m_answer.finish == ChatFinish::Unknown
             && (reason == "stop" || reason == "tool_calls" || reason == "function_call"))
        m_answer.finish = ChatFinish::Stop;
}

ChatAnswer OpenAiDecoder::take()
{
    m_answer.toolCalls = m_calls.take();
    return std::exchange(m_answer, {});
}

}  // namespace warploom
