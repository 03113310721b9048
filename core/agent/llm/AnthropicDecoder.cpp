// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/AnthropicDecoder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "agent/llm/JsonMembers.h"
#include "agent/llm/ServerRefusal.h"
#include "protocol/BoundedJson.h"

namespace warploom {

namespace {

std::size_t blockIndex(const nlohmann::json& event) { return static_cast<std::size_t>(countIn(event, "index")); }

/// An input that is given whole; {} stands where pieces follow.
std::string inputText(const nlohmann::json& block)
{
    const nlohmann::json& input = memberOf(block, "input");
    return input.is_object() && !input.empty() ? writeJson(input) : std::string();
}

}  // namespace

Result<> AnthropicDecoder::takeEvent(const SseEvent& event, const ChatService::TextSink& onText)
{
    const auto object = parseJson(event.data);
    if (!object || !object->is_object())
        return fail(ErrorCode::BadAnswer,
                    fmt::format("the server's stream holds no valid JSON: {}", shortLine(event.data, 80)));
    const std::string type = textIn(*object, "type").empty() ? event.name : textIn(*object, "type");
    if (type == "error")
        return fail(refusalWithin(memberOf(*object, "error")));
    if (type == "message_start") {
        m_answer.model = textIn(memberOf(*object, "message"), "model");
        takeUsage(memberOf(memberOf(*object, "message"), "usage"));
    } else if (type == "content_block_start") {
        takeBlockStart(*object, onText);
    } else if (type == "content_block_delta") {
        takeBlockDelta(*object, onText);
    } else if (type == "message_delta") {
        takeStop(textIn(memberOf(*object, "delta"), "stop_reason"));
        takeUsage(memberOf(*object, "usage"));
    } else if (type == "message_stop") {
        m_isClosed = true;
    }
    return {};  // ping, content_block_stop, and what later versions add
}

Result<> AnthropicDecoder::takeWhole(const nlohmann::json& answer, const ChatService::TextSink& onText)
{
    if (textIn(answer, "type") == "error")
        return fail(refusalWithin(memberOf(answer, "error")));
    const nlohmann::json& content = memberOf(answer, "content");
    if (!content.is_array())
        return fail(ErrorCode::BadAnswer, "the server's answer has no content: it is none of messages");
    m_answer.model = textIn(answer, "model");
    for (std::size_t index = 0; index < content.size(); ++index)
        takeBlock(index, content[index], onText);
    takeUsage(memberOf(answer, "usage"));
    takeStop(textIn(answer, "stop_reason"));
    m_isClosed = true;
    return {};
}

void AnthropicDecoder::takeBlockStart(const nlohmann::json& event, const ChatService::TextSink& onText)
{
    takeBlock(blockIndex(event), memberOf(event, "content_block"), onText);
}

void AnthropicDecoder::takeBlock(std::size_t index, const nlohmann::json& block, const ChatService::TextSink& onText)
{
    const std::string type = textIn(block, "type");
    if (type == "text")
        takeText(textIn(block, "text"), onText);
    else if (type == "tool_use")
        m_calls.add(index, textIn(block, "id"), textIn(block, "name"), inputText(block));
}

void AnthropicDecoder::takeBlockDelta(const nlohmann::json& event, const ChatService::TextSink& onText)
{
    const nlohmann::json& delta = memberOf(event, "delta");
    const std::string type = textIn(delta, "type");
    if (type == "text_delta")
        takeText(textIn(delta, "text"), onText);
    else if (type == "input_json_delta")
        m_calls.add(blockIndex(event), {}, {}, textIn(delta, "partial_json"));
}

void AnthropicDecoder::takeText(const std::string& text, const ChatService::TextSink& onText)
{
    if (text.empty())
        return;
    m_answer.text += text;
    onText(text);
}

void AnthropicDecoder::takeUsage(const nlohmann::json& usage)
{
    // message_start counts the prompt, message_delta the answer; some servers repeat both there.
    ChatUsage& known = m_answer.usage;
    const std::int64_t cached = countIn(usage, "cache_read_input_tokens");
    const std::int64_t prompt = countIn(usage, "input_tokens") + countIn(usage, "cache_creation_input_tokens") + cached;
    known.promptTokens = std::max(known.promptTokens, prompt);
    known.cachedPromptTokens = std::max(known.cachedPromptTokens, cached);
    known.answerTokens = std::max(known.answerTokens, countIn(usage, "output_tokens"));
}

void AnthropicDecoder::takeStop(const std::string& reason)
{
    if (reason.empty())
        return;
    m_hasFinish = true;
    if (reason == "end_turn" || reason == "stop_sequence" || reason == "tool_use")
        m_answer.finish = ChatFinish::Stop;
    else if (reason == "max_tokens" || reason == "model_context_window_exceeded")
        m_answer.finish = ChatFinish::Length;
    else if (reason == "refusal")
        m_answer.finish = ChatFinish::Refused;
}

ChatAnswer AnthropicDecoder::take()
{
    m_answer.toolCalls = m_calls.take();
    return std::exchange(m_answer, {});
}

}  // namespace warploom
