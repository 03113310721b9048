// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/llm/ChatDialect.h"
#include "agent/llm/ToolCallPieces.h"

namespace warploom {

/// Answers of chat completions. What a model thinks before it speaks (reasoning, reasoning_content) is counted by the
/// server and left out here.
class OpenAiDecoder : public ChatDecoder {
public:
    Result<> takeEvent(const SseEvent& event, const ChatService::TextSink& onText) override;
    Result<> takeWhole(const nlohmann::json& answer, const ChatService::TextSink& onText) override;
    [[nodiscard]] bool isComplete() const override { return m_isClosed || m_hasFinish; }
    [[nodiscard]] bool isClosed() const override { return m_isClosed; }
    ChatAnswer take() override;

private:
    Result<> takeObject(const nlohmann::json& object, const char* part, const ChatService::TextSink& onText);
    void takeMessage(const nlohmann::json& message, const ChatService::TextSink& onText);
    void takeText(const std::string& text, const ChatService::TextSink& onText);
    void takeToolCalls(const nlohmann::json& calls);
    void takeUsage(const nlohmann::json& usage);
    void takeFinish(const std::string& reason);

    ChatAnswer m_answer;
    ToolCallPieces m_calls;
    std::size_t m_latestCall = 0;
    bool m_hasFinish = false;
    bool m_isClosed = false;
};

}  // namespace warploom
