// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/MessageStream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr std::size_t kReadBuffer = 128 * 1024;
constexpr std::size_t kMostQueued = FramingLimits{}.body + 64 * 1024 * 1024;
constexpr std::size_t kCompactAbove = 1024 * 1024;
/// How long we still listen to a peer that no longer reads: its last words may be on their way.
constexpr auto kListenAfterBroken = std::chrono::seconds(1);
/// A pipe holds little, but a descendant of a dead peer may go on filling it.
constexpr auto kLongestFinish = std::chrono::milliseconds(500);

tl::unexpected<Error> failErrno(const char* what)
{
    return fail(ErrorCode::IoFailed, fmt::format("{}: {}", what, std::strerror(errno)));
}

/// Sockets and pipes only: the flag belongs to the open file, and a terminal's is shared with the shell.
void makeNonBlocking(int fd)
{
    struct stat status{};
    if (::fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)))
        ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

timespec timeUntil(MessageStream::Clock::time_point until)
{
    using std::chrono::nanoseconds;
    const auto now = MessageStream::Clock::now();
    const auto left = until <= now ? nanoseconds(0) : std::min<nanoseconds>(until - now, std::chrono::hours(1));
    return {.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000), .tv_nsec = left.count() % 1'000'000'000};
}

}  // namespace

Result<RpcChannel> RpcChannel::fromSocket(UniqueFd socket)
{
    UniqueFd second(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
    if (!second.isOpen())
        return failErrno("cannot duplicate a socket");
    return RpcChannel{std::move(socket), std::move(second)};
}

Result<RpcChannel> RpcChannel::fromStdio()
{
    RpcChannel channel{UniqueFd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)),
                       UniqueFd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3))};
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!channel.in.isOpen() || !channel.out.isOpen() || !nothing.isOpen() || ::dup2(nothing.get(), STDIN_FILENO) < 0
        || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return failErrno("cannot take over stdin and stdout");
    return channel;
}

MessageStream::MessageStream(RpcChannel channel, MessageBorders borders)
    : m_channel(std::move(channel))
    , m_borders(borders)
    , m_wakeFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    , m_readBuffer(kReadBuffer)
{
    makeNonBlocking(m_channel.in.get());
    makeNonBlocking(m_channel.out.get());
    // Without it nothing that is sent would ever be noticed.
    if (!m_wakeFd.isOpen())
        m_closing = failErrno("cannot watch a connection").value();
}

bool MessageStream::send(std::string_view body)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_closing)
            return false;
        if (m_queue.size() - m_queueStart + body.size() > kMostQueued) {
            m_closing = Error{ErrorCode::IoFailed,
                              fmt::format("the other side does not read: {} bytes wait", m_queue.size() - m_queueStart),
                              {},
                              {},
                              {}};
        } else {
            if (m_borders == MessageBorders::ContentLength)
                m_queue += frameHeader(body.size());
            m_queue += body;
            if (m_borders == MessageBorders::Lines)
                m_queue += '\n';
        }
    }
    wake();
    return true;
}

void MessageStream::wake() const
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = ::write(m_wakeFd.get(), &one, sizeof one);
}

void MessageStream::close(Error reason)
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_closing)
            m_closing = std::move(reason);
        m_finishUntil = {};
    }
    wake();
}

void MessageStream::finish(Error reason)
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_closing) {
            m_closing = std::move(reason);
            m_finishUntil = Clock::now() + kLongestFinish;
        }
    }
    wake();
}

std::size_t MessageStream::queuedBytes() const
{
    const std::lock_guard lock(m_mutex);
    return m_queue.size() - m_queueStart;
}

bool MessageStream::hasOutput() const { return !m_outBrokenAt && m_channel.out.isOpen() && queuedBytes() > 0; }

MessageStream::Clock::time_point MessageStream::brokenLimit() const
{
    return m_outBrokenAt ? *m_outBrokenAt + kListenAfterBroken : Clock::time_point::max();
}

Result<> MessageStream::pump(Clock::time_point until, const BodyHandler& onBody)
{
    std::optional<Error> closing;
    {
        const std::lock_guard lock(m_mutex);
        closing = m_closing;
        if (closing && m_finishUntil <= Clock::now())
            return fail(*closing);
    }
    std::array<pollfd, 3> fds{{{m_channel.in.get(), POLLIN, 0},
                               {m_wakeFd.get(), POLLIN, 0},
                               {hasOutput() ? m_channel.out.get() : -1, POLLOUT, 0}}};
    const timespec timeout = timeUntil(closing ? Clock::time_point::min() : std::min(until, brokenLimit()));
    if (::ppoll(fds.data(), fds.size(), &timeout, nullptr) < 0 && errno != EINTR)
        return failErrno("cannot wait for the other side");
    if (fds[1].revents != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t ignored = ::read(m_wakeFd.get(), &count, sizeof count);
    }
    if (fds[2].revents != 0)
        writeSome();
    if (fds[0].revents != 0) {
        auto read = readSome(onBody);
        if (!read && closing && read.error().code == ErrorCode::IoFailed)
            return fail(*closing);
        return read;
    }
    if (closing)
        return fail(*closing);
    if (brokenLimit() <= Clock::now())
        return fail(ErrorCode::IoFailed, "the other side has stopped reading");
    return {};
}

Result<> MessageStream::readSome(const BodyHandler& onBody)
{
    const ssize_t got = ::read(m_channel.in.get(), m_readBuffer.data(), m_readBuffer.size());
    if (got > 0) {
        const std::string_view bytes(m_readBuffer.data(), static_cast<std::size_t>(got));
        return m_borders == MessageBorders::Lines ? m_lines.feed(bytes, onBody) : m_parser.feed(bytes, onBody);
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return {};
    if (got < 0 && errno != ECONNRESET)
        return failErrno("cannot read from the other side");
    if (isAtBorder())
        return fail(ErrorCode::IoFailed, "the connection was closed");
    if (m_borders == MessageBorders::Lines)
        return fail(ErrorCode::IoFailed, "the connection was closed in the middle of a line");
    return fail(ErrorCode::IoFailed,
                fmt::format("the connection was closed in the middle of a message, after {}", m_parser.position()));
}

bool MessageStream::isAtBorder() const
{
    return m_borders == MessageBorders::Lines ? m_lines.isAtLineBorder() : m_parser.isAtFrameBorder();
}

void MessageStream::writeSome()
{
    const std::lock_guard lock(m_mutex);
    const ssize_t written = ::write(m_channel.out.get(), m_queue.data() + m_queueStart, m_queue.size() - m_queueStart);
    if (written < 0) {
        if (errno != EAGAIN && errno != EINTR)
            m_outBrokenAt = Clock::now();
        return;
    }
    m_queueStart += static_cast<std::size_t>(written);
    if (m_queueStart == m_queue.size() || (m_queueStart > kCompactAbove && m_queueStart > m_queue.size() / 2)) {
        m_queue.erase(0, m_queueStart);
        m_queueStart = 0;
    }
}

void MessageStream::flush(std::chrono::milliseconds timeout)
{
    const auto until = Clock::now() + timeout;
    while (hasOutput() && Clock::now() < until) {
        pollfd out{m_channel.out.get(), POLLOUT, 0};
        const timespec left = timeUntil(until);
        if (::ppoll(&out, 1, &left, nullptr) > 0)
            writeSome();
    }
}

void MessageStream::shut()
{
    m_channel.in.reset();
    m_channel.out.reset();
}

}  // namespace warploom
