// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/Result.h"
#include "base/UniqueFd.h"
#include "protocol/MessageFraming.h"

namespace warploom {

/// The two directions of a connection.
struct RpcChannel {
    UniqueFd in;
    UniqueFd out;

    /// Both directions of a connected socket.
    static Result<RpcChannel> fromSocket(UniqueFd socket);
    /// Our own stdin and stdout, moved to private descriptors: from then on whatever is printed goes to stderr and
    /// stdin is empty, so no library can break the protocol.
    static Result<RpcChannel> fromStdio();
};

/// How a stream is cut into messages.
enum class MessageBorders {
    ContentLength,  ///< frames, as the language server protocol has them
    Lines,  ///< a message a line, as the Model Context Protocol has them; see LineParser for what is longer than
            ///< kLongestLine
};

/// Longest line that is read.
constexpr std::size_t kLongestLine = 32 * 1024 * 1024;

/// Messages over a channel that never block: what is sent waits in a queue until pump() can write it. send(), close()
/// and finish() may be called from any thread, pump() and flush() from one.
class MessageStream {
public:
    using Clock = std::chrono::steady_clock;
    using BodyHandler = std::function<Result<>(std::string)>;

    explicit MessageStream(RpcChannel channel, MessageBorders borders = MessageBorders::ContentLength);

    /// Queues a message, which holds no line feed where messages are lines. False if the stream has been closed, or
    /// because the peer has left too much unread (which closes it).
    bool send(std::string_view body);
    /// Makes pump() return soon.
    void wake() const;
    /// Makes pump() fail with \p reason: close() at once, finish() after all that has already arrived is read.
    void close(Error reason);
    void finish(Error reason);

    /// Waits for one turn of input or output, until \p until at most. The end of the stream is IoFailed, bytes that are
    /// no message ProtocolViolation; an error of \p onBody is passed on.
    Result<> pump(Clock::time_point until, const BodyHandler& onBody);
    /// Writes what is queued for at most \p timeout.
    void flush(std::chrono::milliseconds timeout);
    /// Closes both directions.
    void shut();

    /// Bytes that the peer has not taken yet.
    [[nodiscard]] std::size_t queuedBytes() const;

private:
    Result<> readSome(const BodyHandler& onBody);
    void writeSome();
    [[nodiscard]] bool hasOutput() const;
    [[nodiscard]] Clock::time_point brokenLimit() const;

    [[nodiscard]] bool isAtBorder() const;

    RpcChannel m_channel;
    MessageBorders m_borders;
    UniqueFd m_wakeFd;
    FrameParser m_parser;
    LineParser m_lines{kLongestLine};
    std::vector<char> m_readBuffer;
    std::optional<Clock::time_point> m_outBrokenAt;

    mutable std::mutex m_mutex;
    std::string m_queue;  ///< frames or lines; the first m_queueStart bytes are written
    std::size_t m_queueStart = 0;
    std::optional<Error> m_closing;
    Clock::time_point m_finishUntil{};  ///< while closing: until when what still arrives is read
};

}  // namespace warploom
