// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/example/WrittenService.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <utility>

#include "agent/llm/AnswerReader.h"
#include "agent/prompt/Prompt.h"

namespace warploom {

namespace {

/// About what servers send at a time.
constexpr std::size_t kPiece = 12;

/// The next piece of \p text: no character is cut.
std::string_view pieceOf(std::string_view text)
{
    const auto isInside = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
    std::size_t end = std::min(text.size(), kPiece);
    while (end < text.size() && isInside(text[end]))
        ++end;
    return text.substr(0, end);
}

std::string eventOf(const nlohmann::json& data) { return "data: " + data.dump() + "\n\n"; }

std::string eventWithText(std::string_view piece)
{
    return eventOf({{"object", "chat.completion.chunk"},
                    {"model", kWrittenModel},
                    {"choices", {{{"index", 0}, {"delta", {{"content", piece}}}, {"finish_reason", nullptr}}}}});
}

std::string lastEvents()
{
    return eventOf({{"object", "chat.completion.chunk"},
                    {"model", kWrittenModel},
                    {"choices", {{{"index", 0}, {"delta", nlohmann::json::object()}, {"finish_reason", "stop"}}}}})
        + "data: [DONE]\n\n";
}

/// False when it was stopped.
bool waitFor(std::chrono::duration<double> time, const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

}  // namespace

WrittenService::WrittenService(std::string text, WrittenPace pace)
    : m_text(std::move(text))
    , m_pace(pace)
{
}

Result<ChatAnswer> WrittenService::chat(const ChatRequest& request, const TextSink& onText, std::stop_token stop)
{
    const HttpHead head{200, {{"content-type", "text/event-stream"}}};
    AnswerReader reader(chatDialect(ChatDialectName::OpenAi), onText);
    for (std::string_view rest = m_text; !rest.empty();) {
        const std::string_view piece = pieceOf(rest);
        rest.remove_prefix(piece.size());
        WARPLOOM_CHECK(reader.take(head, eventWithText(piece)));
        const auto pause = m_pace.bytesASecond > 0
            ? static_cast<double>(piece.size()) / static_cast<double>(m_pace.bytesASecond)
            : 0.0;
        if (!waitFor(std::chrono::duration<double>(pause), stop))
            return fail(ErrorCode::Cancelled, "stopped");
    }
    WARPLOOM_CHECK(reader.take(head, lastEvents()));
    WARPLOOM_TRY(ChatAnswer answer, reader.finish(head));
    answer.model = kWrittenModel;
    // Nobody counts: nothing was sent anywhere.
    answer.usage.estimated = true;
    for (const ChatMessage& message : request.messages)
        answer.usage.promptTokens += estimateTokens(message.text);
    answer.usage.answerTokens = estimateTokens(m_text);
    return answer;
}

}  // namespace warploom
