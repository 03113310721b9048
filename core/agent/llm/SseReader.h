// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/Result.h"
#include "base/Units.h"

namespace warploom {

struct SseEvent {
    std::string name;  ///< empty where the server gives none
    std::string data;  ///< lines joined by '\n'
};

/// Reads a stream of server-sent events (WHATWG HTML, "Server-sent events") however it is cut into pieces: lines end
/// with CR, LF or CRLF; a byte order mark in front and comments are skipped; what is left without its blank line at the
/// end of the stream is dropped. Ids and retry times are of no use here.
class SseReader {
public:
    using EventSink = std::function<Result<>(const SseEvent& event)>;

    explicit SseReader(Bytes mostOfAnEvent = Bytes{8 * 1024 * 1024})
        : m_most(mostOfAnEvent)
    {
    }

    /// BadAnswer for an event or line above the cap; errors of \p onEvent are passed on. Of no use after either.
    Result<> feed(std::string_view piece, const EventSink& onEvent);

    /// The first line that is no part of any event stream, cut at 200 bytes; empty without one.
    [[nodiscard]] const std::string& strangeLine() const { return m_strangeLine; }

private:
    Result<> endLine(const EventSink& onEvent);
    Result<> takeLine(std::string_view line, const EventSink& onEvent);
    Result<> dispatch(const EventSink& onEvent);

    const Bytes m_most;
    std::string m_line;
    SseEvent m_event;
    bool m_hasData = false;
    bool m_isFirstLine = true;
    bool m_wasCarriageReturn = false;  ///< the last byte: a line feed now belongs to it
    std::string m_strangeLine;
};

}  // namespace warploom
