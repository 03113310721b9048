// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "agent/llm/ChatDialect.h"
#include "agent/llm/ToolCallPieces.h"

namespace warploom {

/// Answers of Anthropic's messages. Thinking is counted by the server and left out here.
class AnthropicDecoder : public ChatDecoder {
public:
    Result<> takeEvent(const SseEvent& event, const ChatService::TextSink& onText) override;
    Result<> takeWhole(const nlohmann::json& answer, const ChatService::TextSink& onText) override;
    [[nodiscard]] bool isComplete() const override { return m_isClosed || m_hasFinish; }
    [[nodiscard]] bool isClosed() const override { return m_isClosed; }
    ChatAnswer take() override;

private:
    void takeBlockStart(const nlohmann::json& event, const ChatService::TextSink& onText);
    void takeBlockDelta(const nlohmann::json& event, const ChatService::TextSink& onText);
    void takeBlock(std::size_t index, const nlohmann::json& block, const ChatService::TextSink& onText);
    void takeText(const std::string& text, const ChatService::TextSink& onText);
    void takeUsage(const nlohmann::json& usage);
    void takeStop(const std::string& reason);

    ChatAnswer m_answer;
    ToolCallPieces m_calls;
    bool m_hasFinish = false;
    bool m_isClosed = false;
};

}  // namespace warploom
