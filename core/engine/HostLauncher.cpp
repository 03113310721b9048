// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/HostLauncher.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "agent/llm/KeySource.h"
#include "base/Files.h"
#include "base/UniqueFd.h"
#include "engine/EngineServer.h"
#include "store/Workspace.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

constexpr const char* kIdleSeconds = "60";
constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kLook = std::chrono::milliseconds(50);
constexpr std::size_t kLogTail = 600;
constexpr int kKeyFd = STDERR_FILENO + 1;
constexpr const char* kKeyFdText = "3";
constexpr std::size_t kMostInPipe = std::size_t{32} * 1024;

std::filesystem::path logOf(const std::filesystem::path& workspace)
{
    return cacheFolder() / "hosts" / (workspace.stem().string() + ".log");
}

std::string endOfLog(const std::filesystem::path& workspace)
{
    const auto text = readTextFile(logOf(workspace));
    if (!text || text->empty())
        return "it wrote nothing";
    return text->size() > kLogTail ? text->substr(text->size() - kLogTail) : *text;
}

/// A pipe that holds the keys, closed at its other end; none where there are none.
Result<UniqueFd> pipeOfKeys(const std::map<std::string, Secret>& keys)
{
    if (keys.empty())
        return UniqueFd();
    const Secret lines = keyLines(keys);
    // A pipe takes so much at once, with nobody there to read.
    if (lines.reveal().size() > kMostInPipe)
        return fail(ErrorCode::InvalidArgument, "there are more keys than a pipe holds");
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return fail(ErrorCode::ProcessFailed, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    UniqueFd reading(ends[0]);
    const UniqueFd writing(ends[1]);
    const std::string_view text = lines.reveal();
    if (::write(writing.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return fail(ErrorCode::ProcessFailed, fmt::format("cannot hand keys over: {}", std::strerror(errno)));
    return reading;
}

/// In the grandchild, after fork: only calls that are safe there. \p keys: descriptor; -1: none.
[[noreturn]] void becomeHost(const char* program, const char* workspace, const char* log, int keys)
{
    const int null = ::open("/dev/null", O_RDWR);
    const int output = ::open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(null, STDIN_FILENO);
    ::dup2(output >= 0 ? output : null, STDOUT_FILENO);
    ::dup2(output >= 0 ? output : null, STDERR_FILENO);
    if (keys >= 0 && keys != kKeyFd)
        ::dup2(keys, kKeyFd);
    if (keys == kKeyFd)
        ::fcntl(kKeyFd, F_SETFD, 0);
    for (int fd = keys >= 0 ? kKeyFd + 1 : kKeyFd; fd < 1024; ++fd)
        ::close(fd);
    if (keys >= 0)
        ::execl(program, program, "serve", workspace, "--idle", kIdleSeconds, "--key-fd", kKeyFdText, nullptr);
    else
        ::execl(program, program, "serve", workspace, "--idle", kIdleSeconds, nullptr);
    ::_exit(127);
}

}  // namespace

Result<> launchHost(const std::filesystem::path& workspace, const std::map<std::string, Secret>& keys)
{
    WARPLOOM_TRY(const UniqueFd keyPipe, pipeOfKeys(keys));
    WARPLOOM_TRY(const auto program, locateProgram("warploom-cli"));
    std::error_code failure;
    std::filesystem::create_directories(cacheFolder() / "hosts", failure);
    const std::string programText = program.string();
    const std::string workspaceText = std::filesystem::absolute(workspace).string();
    const std::string logText = logOf(workspace).string();
    const pid_t child = ::fork();
    if (child < 0)
        return fail(ErrorCode::ProcessFailed, fmt::format("cannot fork: {}", std::strerror(errno)));
    if (child == 0) {
        // Twice: the host belongs to nobody here, so that it neither dies with this process nor stays as its zombie.
        ::setsid();
        if (::fork() == 0)
            becomeHost(programText.c_str(), workspaceText.c_str(), logText.c_str(), keyPipe.get());
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    return {};
}

Result<std::unique_ptr<EngineClient>> attachToHost(const std::filesystem::path& workspace,
                                                   EngineClient::Listener listener, std::stop_token stop,
                                                   const std::map<std::string, Secret>& keys)
{
    const auto tryOnce = [&]() -> Result<std::unique_ptr<EngineClient>> {
        WARPLOOM_TRY(const Workspace reader, Workspace::open(workspace, Workspace::Mode::ReadOnly));
        return EngineClient::connect(engineNameOf(reader.identity(), workspace), listener);
    };
    auto client = tryOnce();
    if (client && !keys.empty()) {
        WARPLOOM_CHECK((*client)->handKeys({keys, {}}));
    }
    if (client || !client.error().isNotFound())
        return client;
    std::error_code ignored;
    if (std::filesystem::exists(workspace, ignored) && ::access(workspace.c_str(), W_OK) != 0)
        return fail(ErrorCode::ReadOnly,
                    fmt::format("{} can be shown, but not written: {}", workspace.string(), std::strerror(errno)));
    WARPLOOM_CHECK(launchHost(workspace, keys));
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "stopped");
        std::this_thread::sleep_for(kLook);
        client = tryOnce();
        if (client)
            return client;
    }
    return fail(ErrorCode::Timeout,
                fmt::format("the host of {} did not start: {}", workspace.string(), endOfLog(workspace)));
}

Result<WorkspaceContent> readContent(const std::filesystem::path& workspace)
{
    WARPLOOM_TRY(Workspace reader, Workspace::open(workspace, Workspace::Mode::ReadOnly));
    WorkspaceContent content;
    // First: what arrives in between comes as an event too, and a lineage knows it by its id.
    WARPLOOM_TRY(content.lastSequence, reader.lastSequence());
    WARPLOOM_TRY(content.tasks, reader.tasks());
    WARPLOOM_TRY(content.runs, reader.runs());
    WARPLOOM_TRY(content.environments, reader.environments());
    for (const TaskRecord& task : content.tasks) {
        WARPLOOM_TRY(auto variants, reader.variants(task.id));
        std::move(variants.begin(), variants.end(), std::back_inserter(content.variants));
    }
    WARPLOOM_TRY(content.evaluations, reader.evaluations({}));
    WARPLOOM_TRY(content.profiles, reader.profiles({}));
    WARPLOOM_TRY(content.exchanges, reader.exchanges({}));
    return content;
}

}  // namespace warploom
