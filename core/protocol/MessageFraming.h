// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/Result.h"

namespace warploom {

/// How much a peer may make us hold, in bytes.
struct FramingLimits {
    std::size_t header = 4 * 1024;
    std::size_t body = 256 * 1024 * 1024;
};

/// A message as it goes over the wire: "Content-Length: N\r\n\r\n" and the body.
std::string frameMessage(std::string_view body);
/// The part before the body.
std::string frameHeader(std::size_t bodySize);

/// Takes a byte stream in pieces of any size and gives back the bodies of its frames. Header lines other than
/// Content-Length are skipped, as the language server protocol has them. After a violation the stream cannot be
/// continued.
class FrameParser {
public:
    explicit FrameParser(FramingLimits limits = {});

    /// Calls \p onBody for every frame that \p bytes completes. Fails with ProtocolViolation on bytes that are no frame
    /// (saying what was found), and again on every later call; passes an error of \p onBody on and stops there.
    Result<> feed(std::string_view bytes, const std::function<Result<>(std::string)>& onBody);

    /// True between frames; false if the stream would be cut off in the middle of one.
    [[nodiscard]] bool isAtFrameBorder() const { return !m_inBody && m_headerBytes == 0; }
    /// "12 of 4096 bytes of the body" or "7 bytes of the header": where a cut-off stream stands.
    [[nodiscard]] std::string position() const;

private:
    Result<> takeHeader(std::string_view& bytes);
    Result<> takeHeaderLine();
    Result<> checkStartOfLine(std::string_view upcoming) const;
    Result<> violation(std::string message, std::string expected, std::string_view found) const;

    FramingLimits m_limits;
    std::string m_line;
    std::string m_body;
    std::size_t m_headerBytes = 0;
    std::size_t m_bodySize = 0;
    bool m_hasLength = false;
    bool m_inBody = false;
    bool m_isBroken = false;
};

/// Takes a byte stream in pieces of any size and gives back its lines, without line feed and carriage return. Of a line
/// that is longer than \p most bytes the first \p most + 1 come, once, and the rest is skipped: whoever gets it can
/// tell, and the stream goes on.
class LineParser {
public:
    explicit LineParser(std::size_t most)
        : m_most(most)
    {
    }

    /// Calls \p onLine for every line that \p bytes completes; passes an error of it on and stops there.
    Result<> feed(std::string_view bytes, const std::function<Result<>(std::string)>& onLine);

    /// True between lines; false if the stream would be cut off in the middle of one.
    [[nodiscard]] bool isAtLineBorder() const { return m_line.empty() && !m_isSkipping; }

private:
    std::size_t m_most;
    std::string m_line;
    bool m_isSkipping = false;
};

}  // namespace warploom
