// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/llm/ChatDialect.h"
#include "agent/llm/HttpClient.h"
#include "base/Result.h"

namespace warploom {

/// Takes the body of one answer of a model server as it arrives: a stream of events, one JSON, or what is neither.
/// Labels lie, so the first bytes decide. For one thread.
class AnswerReader {
public:
    AnswerReader(const ChatDialect& dialect, ChatService::TextSink onText);

    Result<HttpClient::Reading> take(const HttpHead& head, std::string_view piece);
    /// After the last piece of an answer of that head. Fails with what the server refused, BadAnswer for what cannot be
    /// read, ServerFailed for a stream that was cut.
    Result<ChatAnswer> finish(const HttpHead& head);

    /// Whether text was handed out.
    [[nodiscard]] bool hadText() const { return m_hadText; }

private:
    enum class Form { Undecided, Stream, Whole, Refusal };

    void decide(const HttpHead& head);
    Result<> takeStream(std::string_view piece);
    Result<> takeWhole();
    [[nodiscard]] Error cutStream() const;

    const std::unique_ptr<ChatDecoder> m_decoder;
    const ChatService::TextSink m_onText;
    Form m_form = Form::Undecided;
    std::string m_body;  ///< what is not a stream, or not known to be one yet
    SseReader m_events;
    std::int64_t m_eventCount = 0;
    std::int64_t m_replaced = 0;  ///< sequences that were no UTF-8
    bool m_hadText = false;
};

}  // namespace warploom
