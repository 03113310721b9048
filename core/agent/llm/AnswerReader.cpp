// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/AnswerReader.h"

#include <utility>

#include <fmt/format.h>

#include "agent/llm/ServerRefusal.h"
#include "agent/llm/Utf8Repair.h"
#include "protocol/BoundedJson.h"

namespace warploom {

namespace {

constexpr std::size_t kEnoughToDecide = 8;
constexpr std::size_t kMostBlanks = 64;
constexpr std::size_t kMostOfRefusal = 64 * 1024;

/// Without blanks and byte order mark.
std::string_view beginningOf(std::string_view body)
{
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (body.starts_with(kMark))
        body.remove_prefix(kMark.size());
    const std::size_t begin = body.find_first_not_of(" \t\r\n");
    return begin == std::string_view::npos ? std::string_view() : body.substr(begin);
}

bool beginsLikeEvents(std::string_view beginning)
{
    for (const std::string_view field : {"data:", "event:", "id:", "retry:", ":"}) {
        if (beginning.starts_with(field))
            return true;
    }
    return false;
}

Error unreadable(std::string_view body)
{
    const std::string_view beginning = beginningOf(body);
    if (beginning.empty())
        return {ErrorCode::BadAnswer, "the server's answer is empty", {}, {}, {}};
    if (beginning.front() == '<')
        return {ErrorCode::BadAnswer,
                "the server answers with a page of HTML: is its address that of a model's API",
                {},
                {},
                {}};
    return {ErrorCode::BadAnswer,
            fmt::format("the server's answer is no valid JSON: {}", shortLine(beginning, 80)),
            {},
            {},
            {}};
}

}  // namespace

AnswerReader::AnswerReader(const ChatDialect& dialect, ChatService::TextSink onText)
    : m_decoder(dialect.makeDecoder())
    , m_onText([this, onText = std::move(onText)](std::string_view piece) {
        m_hadText = true;
        if (onText)
            onText(piece);
    })
{
}

Result<HttpClient::Reading> AnswerReader::take(const HttpHead& head, std::string_view piece)
{
    if (m_form == Form::Stream) {
        WARPLOOM_CHECK(takeStream(piece));
    } else {
        m_body.append(piece);
        if (m_form == Form::Undecided)
            decide(head);
        if (m_form == Form::Stream)
            WARPLOOM_CHECK(takeStream(std::exchange(m_body, {})));
        if (m_form == Form::Refusal && m_body.size() > kMostOfRefusal)
            return HttpClient::Reading::Enough;
    }
    return m_decoder->isClosed() ? HttpClient::Reading::Enough : HttpClient::Reading::GoOn;
}

void AnswerReader::decide(const HttpHead& head)
{
    const std::string_view beginning = beginningOf(m_body);
    if (head.isSuccess() && beginning.empty() && m_body.size() > kMostBlanks)
        m_body.clear();  // or every piece would be searched through all of them again
    else if (!head.isSuccess())
        m_form = Form::Refusal;
    else if (beginsLikeEvents(beginning))
        m_form = Form::Stream;
    else if (beginning.starts_with('{') || beginning.starts_with('<'))
        m_form = Form::Whole;
    else if (beginning.size() >= kEnoughToDecide)
        m_form = head.header("content-type").starts_with("text/event-stream") ? Form::Stream : Form::Whole;
}

Result<> AnswerReader::takeStream(std::string_view piece)
{
    return m_events.feed(piece, [this](const SseEvent& event) -> Result<> {
        if (m_decoder->isClosed())
            return {};
        ++m_eventCount;
        RepairedText data = repairUtf8(event.data);
        m_replaced += data.replaced;
        return m_decoder->takeEvent({event.name, std::move(data.text)}, m_onText);
    });
}

Result<> AnswerReader::takeWhole()
{
    RepairedText body = repairUtf8(m_body);
    m_replaced += body.replaced;
    const auto answer = parseJson(beginningOf(body.text));
    if (!answer)
        return fail(unreadable(m_body));
    return m_decoder->takeWhole(*answer, m_onText);
}

Error AnswerReader::cutStream() const
{
    if (m_eventCount == 0 && !m_events.strangeLine().empty()) {
        return {ErrorCode::BadAnswer,
                fmt::format("the server's stream holds no events: {}", shortLine(m_events.strangeLine(), 80)),
                {},
                {},
                {}};
    }
    return {ErrorCode::ServerFailed, "the server's stream ended before the answer did", {}, {}, {}};
}

Result<ChatAnswer> AnswerReader::finish(const HttpHead& head)
{
    if (!head.isSuccess())
        return fail(refusalOf(head.status, readComplaint(m_body), retryAfterOf(head)));
    if (m_form != Form::Stream)
        WARPLOOM_CHECK(takeWhole());
    if (!m_decoder->isComplete())
        return fail(cutStream());
    ChatAnswer answer = m_decoder->take();
    if (m_replaced > 0)
        answer.notes.push_back(fmt::format("{} bytes of the answer were no UTF-8 and were replaced", m_replaced));
    return answer;
}

}  // namespace warploom
