// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/SseReader.h"

#include <utility>

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMostOfStrangeLine = 200;

}  // namespace

Result<> SseReader::feed(std::string_view piece, const EventSink& onEvent)
{
    while (!piece.empty()) {
        if (std::exchange(m_wasCarriageReturn, false) && piece.front() == '\n')
            piece.remove_prefix(1);
        const std::size_t end = piece.find_first_of("\r\n");
        m_line.append(piece.substr(0, end));
        if (m_line.size() + m_event.data.size() > m_most.value) {
            return fail(
                ErrorCode::BadAnswer,
                fmt::format("the server's stream holds an event of more than {} KiB", m_most.value / kKiB.value));
        }
        if (end == std::string_view::npos)
            return {};
        m_wasCarriageReturn = piece[end] == '\r';
        piece.remove_prefix(end + 1);
        WARPLOOM_CHECK(endLine(onEvent));
    }
    return {};
}

Result<> SseReader::endLine(const EventSink& onEvent)
{
    const std::string line = std::exchange(m_line, {});
    std::string_view text = line;
    if (std::exchange(m_isFirstLine, false) && text.starts_with(kByteOrderMark))
        text.remove_prefix(kByteOrderMark.size());
    return takeLine(text, onEvent);
}

Result<> SseReader::takeLine(std::string_view line, const EventSink& onEvent)
{
    if (line.empty())
        return dispatch(onEvent);
    const std::size_t colon = line.find(':');
    const std::string_view field = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' '))
        value.remove_prefix(1);
    if (field == "data") {
        if (std::exchange(m_hasData, true))
            m_event.data += '\n';
        m_event.data += value;
    } else if (field == "event") {
        m_event.name = value;
    } else if (!field.empty() && field != "id" && field != "retry" && m_strangeLine.empty()) {
        m_strangeLine = line.substr(0, kMostOfStrangeLine);
    }
    return {};
}

Result<> SseReader::dispatch(const EventSink& onEvent)
{
    const SseEvent event = std::exchange(m_event, {});
    return std::exchange(m_hasData, false) ? onEvent(event) : Result<>();
}

}  // namespace warploom
