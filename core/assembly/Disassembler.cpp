// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/Disassembler.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/ProcessSpawner.h"
#include "base/UniqueFd.h"

namespace warploom {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kCubinFd = 3;
constexpr std::uint64_t kMostMemory = std::uint64_t{2} << 30;

/// The cubin as a file that only we and the child see, and that is gone with the last of us.
Result<UniqueFd> anonymousFile(std::string_view content)
{
    UniqueFd file(::memfd_create("warploom-cubin", MFD_CLOEXEC));
    if (!file.isOpen())
        return fail(ErrorCode::IoFailed, fmt::format("cannot make a file in memory: {}", std::strerror(errno)));
    while (!content.empty()) {
        const ssize_t written = ::write(file.get(), content.data(), content.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return fail(ErrorCode::IoFailed, fmt::format("cannot write a file in memory: {}", std::strerror(errno)));
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return file;
}

std::chrono::milliseconds timeLeft(Clock::time_point deadline)
{
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    return std::max(left, std::chrono::milliseconds(0));
}

enum class ReadEnd { Complete, TooLong, TooLate };

/// Reads to the end of the pipe, the deadline, or the longest text.
ReadEnd readText(int fd, Clock::time_point deadline, std::size_t mostText, std::string& text)
{
    std::array<char, 64 * 1024> buffer;
    while (true) {
        pollfd ready{fd, POLLIN, 0};
        const int count = ::poll(&ready, 1, static_cast<int>(timeLeft(deadline).count()));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return ReadEnd::TooLate;
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return ReadEnd::Complete;
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text.size() > mostText)
            return ReadEnd::TooLong;
        if (Clock::now() >= deadline)
            return ReadEnd::TooLate;
    }
}

}  // namespace

Disassembler::Disassembler(std::filesystem::path program)
    : m_program(std::move(program))
{
}

void Disassembler::setLimits(std::chrono::milliseconds deadline, std::size_t mostText)
{
    m_deadline = deadline;
    m_mostText = mostText;
}

Result<std::string> Disassembler::disassemble(std::string_view cubin) const
{
    WARPLOOM_TRY(const UniqueFd file, anonymousFile(cubin));
    const std::string path = fmt::format("/proc/self/fd/{}", kCubinFd);
    auto text = run(file.get(), {"-c", path});
    // Its analysis of branches fails on some cubins that it can print all the same.
    if (!text && text.error().code == ErrorCode::ProcessFailed) {
        if (auto plain = run(file.get(), {"-c", "-ndf", path}))
            return plain;
    }
    return text;
}

Result<std::string> Disassembler::run(int cubinFd, std::vector<std::string> arguments) const
{
    const auto deadline = Clock::now() + m_deadline;
    ProcessRequest request;
    request.program = m_program.string();
    request.arguments = std::move(arguments);
    request.inheritedFds = {{kCubinFd, cubinFd}};
    // It only prints: no files. The processor's time is a second net under the deadline.
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(m_deadline).count() + 2;
    request.limits = {{RLIMIT_FSIZE, 0}, {RLIMIT_CPU, static_cast<std::uint64_t>(seconds)}};
    request.mostMemory = Bytes{kMostMemory};
    WARPLOOM_TRY(const std::shared_ptr<ChildProcess> child, ProcessSpawner::shared().spawn(request));
    child->takeStandardInput().reset();
    const UniqueFd output = child->takeStandardOutput();
    std::string text;
    const ReadEnd end = readText(output.get(), deadline, m_mostText, text);
    const auto status = end == ReadEnd::Complete ? child->waitFor(timeLeft(deadline)) : std::nullopt;
    if (!status) {
        child->killGroup();
        if (end == ReadEnd::TooLong)
            return fail(ErrorCode::ProcessFailed,
                        fmt::format("nvdisasm printed more than {} MB", m_mostText / 1'000'000));
        return fail(ErrorCode::Timeout, fmt::format("nvdisasm took longer than {} ms", m_deadline.count()));
    }
    if (status->isSuccess())
        return text;
    const std::string reason = child->killReason().empty() ? child->lastErrorLine() : child->killReason();
    return fail(ErrorCode::ProcessFailed, fmt::format("nvdisasm ended with {}: {}", status->toString(), reason));
}

}  // namespace warploom
