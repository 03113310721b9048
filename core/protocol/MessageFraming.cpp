// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/MessageFraming.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/Trim.h"

namespace warploom {

namespace {

constexpr std::size_t kExcerpt = 80;
constexpr std::size_t kEagerReserve = 1024 * 1024;
constexpr std::string_view kLengthField = "content-length";
constexpr const char* kExpectedHeader = "Content-Length: N";

bool isFieldCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; }

bool equalsIgnoringCase(std::string_view text, std::string_view lower)
{
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

std::string excerptOf(std::string_view bytes)
{
    std::string text = "\"";
    for (const char c : bytes.substr(0, kExcerpt)) {
        if (c >= ' ' && c <= '~')
            text += c;
        else
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return text + (bytes.size() > kExcerpt ? "\"…" : "\"");
}

}  // namespace

std::string frameHeader(std::size_t bodySize) { return fmt::format("Content-Length: {}\r\n\r\n", bodySize); }

std::string frameMessage(std::string_view body) { return frameHeader(body.size()).append(body); }

FrameParser::FrameParser(FramingLimits limits)
    : m_limits(limits)
{
}

Result<> FrameParser::violation(std::string message, std::string expected, std::string_view found) const
{
    return fail(Error{ErrorCode::ProtocolViolation, std::move(message), {}, std::move(expected), excerptOf(found)});
}

Result<> FrameParser::feed(std::string_view bytes, const std::function<Result<>(std::string)>& onBody)
{
    if (m_isBroken)
        return fail(ErrorCode::ProtocolViolation, "the stream was broken before");
    while (!bytes.empty() || (m_inBody && m_bodySize == 0)) {
        if (!m_inBody) {
            if (auto taken = takeHeader(bytes); !taken) {
                m_isBroken = true;
                return taken;
            }
        }
        if (!m_inBody)
            continue;
        const auto piece = bytes.substr(0, m_bodySize - m_body.size());
        m_body += piece;
        bytes.remove_prefix(piece.size());
        if (m_body.size() == m_bodySize) {
            m_inBody = false;
            WARPLOOM_CHECK(onBody(std::exchange(m_body, {})));
        }
    }
    return {};
}

/// Takes header bytes up to and including the blank line, or all there are.
Result<> FrameParser::takeHeader(std::string_view& bytes)
{
    while (!bytes.empty() && !m_inBody) {
        const auto newline = bytes.find('\n');
        const auto piece = bytes.substr(0, newline == std::string_view::npos ? bytes.size() : newline + 1);
        if (m_headerBytes + piece.size() > m_limits.header)
            return violation(fmt::format("a header of more than {} bytes", m_limits.header), kExpectedHeader,
                             m_line.empty() ? piece : std::string_view(m_line));
        WARPLOOM_CHECK(checkStartOfLine(bytes));
        m_line += piece;
        m_headerBytes += piece.size();
        bytes.remove_prefix(piece.size());
        if (newline != std::string_view::npos)
            WARPLOOM_CHECK(takeHeaderLine());
    }
    return {};
}

/// Finds garbage at its first byte, instead of waiting for a line end that may never come.
Result<> FrameParser::checkStartOfLine(std::string_view upcoming) const
{
    if (m_line.find(':') != std::string::npos)
        return {};
    const auto garbage = [&] {
        return violation("bytes that are no message", kExpectedHeader,
                         m_line + std::string(upcoming.substr(0, kExcerpt + 1)));
    };
    if (m_line == "\r" || (m_line.empty() && upcoming.front() == '\r')) {
        const std::size_t next = m_line.empty() ? 1 : 0;
        if (next < upcoming.size() && upcoming[next] != '\n')
            return garbage();
        return {};
    }
    for (const char c : upcoming) {
        if (c == ':')
            return {};
        if (!isFieldCharacter(c))
            return garbage();
    }
    return {};
}

/// m_line holds a whole line with its line end.
Result<> FrameParser::takeHeaderLine()
{
    if (m_line.size() < 2 || m_line[m_line.size() - 2] != '\r')
        return violation("a header line that does not end in CR LF", kExpectedHeader, m_line);
    const std::string line = std::exchange(m_line, {});
    const std::string_view text = std::string_view(line).substr(0, line.size() - 2);
    if (text.empty()) {
        if (!m_hasLength)
            return violation("a header without a length", kExpectedHeader, line);
        m_inBody = true;
        m_hasLength = false;
        m_headerBytes = 0;
        m_body.reserve(std::min(m_bodySize, kEagerReserve));
        return {};
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0)
        return violation("a header line without a name", kExpectedHeader, text);
    if (!equalsIgnoringCase(text.substr(0, colon), kLengthField))
        return {};
    const std::string_view digits = trimmed(text.substr(colon + 1), " \t");
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc() || end != digits.data() + digits.size() || m_hasLength)
        return violation("a length that is not one number", kExpectedHeader, text);
    if (length > m_limits.body)
        return violation("a message that is too large", fmt::format("at most {} bytes", m_limits.body), text);
    m_bodySize = length;
    m_hasLength = true;
    return {};
}

std::string FrameParser::position() const
{
    if (m_inBody)
        return fmt::format("{} of {} bytes of the body", m_body.size(), m_bodySize);
    return fmt::format("{} bytes of the header", m_headerBytes);
}

Result<> LineParser::feed(std::string_view bytes, const std::function<Result<>(std::string)>& onLine)
{
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, end);
        const bool isComplete = end != std::string_view::npos;
        bytes.remove_prefix(isComplete ? end + 1 : bytes.size());
        if (!m_isSkipping)
            m_line += piece.substr(0, m_most + 1 - m_line.size());
        const bool isTooLong = m_line.size() > m_most;
        if (!m_isSkipping && (isComplete || isTooLong)) {
            if (!isTooLong && !m_line.empty() && m_line.back() == '\r')
                m_line.pop_back();
            m_isSkipping = !isComplete;
            WARPLOOM_CHECK(onLine(std::exchange(m_line, {})));
        } else if (isComplete) {
            m_isSkipping = false;
        }
    }
    return {};
}

}  // namespace warploom
