// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/command/CommandRun.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

#include <fcntl.h>
#include <poll.h>

#include <fmt/format.h>

namespace warploom {

namespace {

using Clock = std::chrono::steady_clock;

/// How often a stop is looked for.
constexpr auto kLook = std::chrono::milliseconds(50);
/// A program that has closed its stdout has this long to end by itself.
constexpr auto kFarewell = std::chrono::milliseconds(1000);

/// A program that does not read must not kill us by SIGPIPE: it is held back while this lives, and taken away.
class NoPipeSignal {
public:
    NoPipeSignal()
    {
        sigemptyset(&m_signal);
        sigaddset(&m_signal, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &m_signal, &m_before);
    }
    ~NoPipeSignal()
    {
        const timespec now{};
        if (sigismember(&m_before, SIGPIPE) == 0)
            while (sigtimedwait(&m_signal, nullptr, &now) > 0) { }
        pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
    }
    NoPipeSignal(const NoPipeSignal&) = delete;
    NoPipeSignal& operator=(const NoPipeSignal&) = delete;

private:
    sigset_t m_signal{};
    sigset_t m_before{};
};

/// One question to one program.
class CommandTalk {
public:
    CommandTalk(const CommandRun& run, std::string_view input, std::stop_token stop)
        : m_run(run)
        , m_input(input)
        , m_stop(std::move(stop))
        , m_until(Clock::now() + run.deadline)
    {
    }

    Result<std::string> talk()
    {
        WARPLOOM_CHECK(spawn());
        const NoPipeSignal guard;
        while (m_output.isOpen()) {
            if (m_stop.stop_requested())
                return killed(ErrorCode::Cancelled, "stopped");
            if (Clock::now() >= m_until)
                return killed(ErrorCode::Timeout,
                              fmt::format("did not answer within {} s", Seconds(m_run.deadline).count()));
            if (m_text.size() > m_run.mostOutput.value)
                return killed(ErrorCode::ProcessFailed,
                              fmt::format("wrote more than {} MiB", m_run.mostOutput.value / kMiB.value));
            exchange();
        }
        return ended();
    }

private:
    Result<> spawn()
    {
        ProcessRequest request;
        request.program = m_run.command.front();
        request.arguments.assign(m_run.command.begin() + 1, m_run.command.end());
        request.environment = withoutSecrets();
        WARPLOOM_TRY(m_child, ProcessSpawner::shared().spawn(request));
        m_toChild = m_child->takeStandardInput();
        m_output = m_child->takeStandardOutput();
        for (const int fd : {m_toChild.get(), m_output.get()})
            ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
        return {};
    }

    /// Waits a little for either pipe, and moves what it takes.
    void exchange()
    {
        std::array<pollfd, 2> fds{{{m_output.get(), POLLIN, 0}, {m_toChild.get(), POLLOUT, 0}}};
        if (::poll(fds.data(), fds.size(), static_cast<int>(kLook.count())) <= 0) {
            // Somebody that it has left behind in another session may hold the pipe open.
            if (!m_child->isRunning())
                m_output.reset();
            return;
        }
        if (fds[0].revents != 0)
            receive();
        if (m_toChild.isOpen() && fds[1].revents != 0)
            send();
    }

    void receive()
    {
        std::array<char, 65536> buffer;
        const ssize_t got = ::read(m_output.get(), buffer.data(), buffer.size());
        if (got > 0)
            m_text.append(buffer.data(), static_cast<std::size_t>(got));
        else if (got == 0 || (errno != EAGAIN && errno != EINTR))
            m_output.reset();
    }

    void send()
    {
        const ssize_t sent = ::write(m_toChild.get(), m_input.data(), m_input.size());
        if (sent > 0)
            m_input.remove_prefix(static_cast<std::size_t>(sent));
        else if (errno != EAGAIN && errno != EINTR)
            m_toChild.reset();
        if (m_input.empty())
            m_toChild.reset();
    }

    tl::unexpected<Error> killed(ErrorCode code, const std::string& why)
    {
        m_child->killGroup();
        return failed(code, why);
    }

    tl::unexpected<Error> failed(ErrorCode code, const std::string& why)
    {
        std::string message = code == ErrorCode::Cancelled ? why : fmt::format("{} {}", m_child->name(), why);
        if (const std::string words = m_child->lastErrorLine(); code != ErrorCode::Cancelled && !words.empty())
            message += fmt::format("; its last words: {}", words);
        return fail(code, std::move(message));
    }

    Result<std::string> ended()
    {
        const auto until = std::min(m_until, Clock::now() + kFarewell);
        auto status = m_child->exitStatus();
        while (!status && Clock::now() < until && !m_stop.stop_requested())
            status = m_child->waitFor(kLook);
        if (!status)
            m_child->killGroup();
        else if (!status->isSuccess())
            return failed(ErrorCode::ProcessFailed, fmt::format("ended with {}", status->toString()));
        return std::move(m_text);
    }

    const CommandRun& m_run;
    std::string_view m_input;
    const std::stop_token m_stop;
    const Clock::time_point m_until;
    std::shared_ptr<ChildProcess> m_child;
    UniqueFd m_toChild;
    UniqueFd m_output;
    std::string m_text;
};

}  // namespace

Result<std::string> runCommand(const CommandRun& run, std::string_view input, std::stop_token stop)
{
    if (run.command.empty())
        return fail(ErrorCode::InvalidArgument, "no program to run");
    return CommandTalk(run, input, std::move(stop)).talk();
}

Result<std::vector<std::string>> splitCommand(std::string_view text)
{
    std::vector<std::string> words;
    bool isWord = false;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote == 0 && (c == ' ' || c == '\t')) {
            isWord = false;
            continue;
        }
        if (!isWord)
            words.emplace_back();
        isWord = true;
        if (c == quote)
            quote = 0;
        else if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else
            words.back() += c == '\\' && quote != '\'' && i + 1 < text.size() ? text[++i] : c;
    }
    if (quote != 0 || words.empty() || words.front().empty())
        return fail(Error{ErrorCode::InvalidArgument,
                          "the command agent's program",
                          {},
                          quote != 0 ? fmt::format("a closing {}", quote) : "command:PROGRAM",
                          fmt::format("'{}'", text)});
    return words;
}

}  // namespace warploom
