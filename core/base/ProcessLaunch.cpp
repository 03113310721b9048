// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/ProcessLaunch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/ProgramPath.h"

extern char** environ;

namespace warploom {

namespace {

enum class Stage : int { ParentDeath, WorkingFolder, Descriptors, Limits, Exec };

/// What the child writes into the close-on-exec pipe when it cannot become the program.
struct LaunchFailure {
    Stage stage = Stage::Exec;
    int error = 0;
};

struct FdPlacement {
    int target = -1;
    int source = -1;
    int parked = -1;  ///< where the child keeps it while the targets are being filled
};

/// Everything the child needs, allocated before the fork: afterwards only async-signal-safe calls are allowed.
struct LaunchPlan {
    std::string program;
    std::string workingFolder;
    std::vector<std::string> argumentTexts;
    std::vector<std::string> environmentTexts;
    std::vector<char*> argv;
    std::vector<char*> envp;
    std::vector<FdPlacement> fds;
    std::vector<ResourceLimit> limits;
    int highestFd = 2;
    int failurePipe = -1;
    pid_t parent = -1;
};

struct Pipe {
    UniqueFd readEnd;
    UniqueFd writeEnd;
};

Result<Pipe> makePipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return fail(ErrorCode::ProcessFailed, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<Pipe> makeSocketPair()
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(ErrorCode::ProcessFailed, fmt::format("cannot make a socket pair: {}", std::strerror(errno)));
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<std::string> mergeEnvironment(const std::vector<EnvironmentChange>& changes)
{
    std::vector<std::string> merged;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto name = text.substr(0, text.find('='));
        if (std::none_of(changes.begin(), changes.end(), [name](const auto& change) { return change.name == name; }))
            merged.emplace_back(text);
    }
    for (const EnvironmentChange& change : changes) {
        if (change.value)
            merged.push_back(fmt::format("{}={}", change.name, *change.value));
    }
    return merged;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

Result<LaunchPlan> planLaunch(const ProcessRequest& request)
{
    LaunchPlan plan;
    WARPLOOM_TRY(plan.program, resolveProgram(request.program));
    plan.workingFolder = request.workingFolder.string();
    plan.argumentTexts = request.arguments;
    plan.argumentTexts.insert(plan.argumentTexts.begin(), request.program);
    plan.environmentTexts = mergeEnvironment(request.environment);
    plan.argv = pointersTo(plan.argumentTexts);
    plan.envp = pointersTo(plan.environmentTexts);
    plan.limits = request.limits;
    plan.limits.push_back({RLIMIT_CORE, 0});
    for (const InheritedFd& inherited : request.inheritedFds) {
        if (inherited.childFd < 3 || inherited.parentFd < 0)
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("cannot hand descriptor {} down as {}", inherited.parentFd, inherited.childFd));
        plan.fds.push_back({inherited.childFd, inherited.parentFd});
    }
    plan.parent = ::getpid();
    return plan;
}

// --- from here to runChild: in the child, between fork and exec ---

[[noreturn]] void giveUp(int failurePipe, Stage stage)
{
    const LaunchFailure failure{stage, errno};
    [[maybe_unused]] const ssize_t ignored = ::write(failurePipe, &failure, sizeof failure);
    ::_exit(127);
}

void resetSignals()
{
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal)
        ::sigaction(signal, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void closeFrom(int first)
{
    if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0U) == 0)
        return;
    for (int fd = first; fd < 65536; ++fd)  // a kernel before 5.9
        ::close(fd);
}

/// Parks every source above all targets first, so that filling one target cannot overwrite the source of another.
/// Returns the new place of the failure pipe, right above the targets; nothing else stays open.
int placeDescriptors(LaunchPlan& plan)
{
    const int above = plan.highestFd + 2;
    const int failurePipe = ::fcntl(plan.failurePipe, F_DUPFD_CLOEXEC, above);
    if (failurePipe < 0)
        giveUp(plan.failurePipe, Stage::Descriptors);
    for (FdPlacement& fd : plan.fds) {
        fd.parked = ::fcntl(fd.source, F_DUPFD_CLOEXEC, above);
        if (fd.parked < 0)
            giveUp(failurePipe, Stage::Descriptors);
    }
    for (int fd = 3; fd <= plan.highestFd; ++fd)
        ::close(fd);
    for (const FdPlacement& fd : plan.fds) {
        if (::dup2(fd.parked, fd.target) < 0)
            giveUp(failurePipe, Stage::Descriptors);
    }
    if (::dup3(failurePipe, plan.highestFd + 1, O_CLOEXEC) < 0)
        giveUp(failurePipe, Stage::Descriptors);
    closeFrom(above);
    return plan.highestFd + 1;
}

void applyLimits(const LaunchPlan& plan, int failurePipe)
{
    for (const ResourceLimit& limit : plan.limits) {
        const rlimit both{limit.value, limit.value};
        if (::setrlimit(static_cast<__rlimit_resource>(limit.resource), &both) != 0)
            giveUp(failurePipe, Stage::Limits);
    }
}

[[noreturn]] void runChild(LaunchPlan& plan)
{
    ::setsid();
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != plan.parent)
        giveUp(plan.failurePipe, Stage::ParentDeath);
    resetSignals();
    if (!plan.workingFolder.empty() && ::chdir(plan.workingFolder.c_str()) != 0)
        giveUp(plan.failurePipe, Stage::WorkingFolder);
    const int failurePipe = placeDescriptors(plan);
    applyLimits(plan, failurePipe);
    ::execve(plan.program.c_str(), plan.argv.data(), plan.envp.data());
    giveUp(failurePipe, Stage::Exec);
}

// --- the parent again ---

Error describe(const LaunchFailure& failure, const ProcessRequest& request)
{
    const char* reason = std::strerror(failure.error);
    switch (failure.stage) {
    case Stage::WorkingFolder:
        return {ErrorCode::ProcessFailed,
                fmt::format("cannot start {} in {}: {}", request.program, request.workingFolder.string(), reason)};
    case Stage::Descriptors:
        return {ErrorCode::ProcessFailed,
                fmt::format("cannot set up the descriptors of {}: {}", request.program, reason)};
    case Stage::Limits:
        return {ErrorCode::ProcessFailed, fmt::format("cannot limit the resources of {}: {}", request.program, reason)};
    case Stage::ParentDeath:
    case Stage::Exec:
        break;
    }
    return {failure.error == ENOENT ? ErrorCode::NotFound : ErrorCode::ProcessFailed,
            fmt::format("cannot start {}: {}", request.program, reason)};
}

/// Nothing if exec succeeded: the pipe closes without a word.
std::optional<LaunchFailure> readFailure(int pipe)
{
    LaunchFailure failure;
    ssize_t got = 0;
    do {
        got = ::read(pipe, &failure, sizeof failure);
    } while (got < 0 && errno == EINTR);
    if (got == static_cast<ssize_t>(sizeof failure))
        return failure;
    return std::nullopt;
}

void discardChild(pid_t pid)
{
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) { }
}

Result<> startProgram(LaunchPlan& plan, const ProcessRequest& request, ChildState& state)
{
    WARPLOOM_TRY(Pipe failurePipe, makePipe());
    plan.failurePipe = failurePipe.writeEnd.get();
    for (const FdPlacement& fd : plan.fds)
        plan.highestFd = std::max(plan.highestFd, fd.target);
    const pid_t pid = ::fork();
    if (pid < 0)
        return fail(ErrorCode::ProcessFailed,
                    fmt::format("cannot start {}: {}", request.program, std::strerror(errno)));
    if (pid == 0)
        runChild(plan);
    failurePipe.writeEnd.reset();
    if (const auto failure = readFailure(failurePipe.readEnd.get())) {
        discardChild(pid);
        return fail(describe(*failure, request));
    }
    state.pid = pid;
    state.pidFd.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!state.pidFd.isOpen()) {
        const int number = errno;
        discardChild(pid);
        return fail(ErrorCode::ProcessFailed,
                    fmt::format("cannot watch {}: {}", request.program, std::strerror(number)));
    }
    return {};
}

}  // namespace

Result<std::shared_ptr<ChildState>> launchProcess(const ProcessRequest& request)
{
    WARPLOOM_TRY(LaunchPlan plan, planLaunch(request));
    WARPLOOM_TRY(Pipe input, makePipe());
    WARPLOOM_TRY(Pipe output, makePipe());
    WARPLOOM_TRY(Pipe error, makePipe());
    plan.fds.push_back({0, input.readEnd.get()});
    plan.fds.push_back({1, output.writeEnd.get()});
    plan.fds.push_back({2, error.writeEnd.get()});
    Pipe socket;
    if (request.socketFd != 0) {
        if (request.socketFd < 3)
            return fail(ErrorCode::InvalidArgument, "the socket of a child cannot replace its stdin, stdout or stderr");
        WARPLOOM_TRY(socket, makeSocketPair());
        plan.fds.push_back({request.socketFd, socket.writeEnd.get()});
    }
    auto state = std::make_shared<ChildState>();
    WARPLOOM_CHECK(startProgram(plan, request, *state));
    state->name = std::filesystem::path(request.program).filename().string();
    state->mostMemory = request.mostMemory;
    state->standardInput = std::move(input.writeEnd);
    state->standardOutput = std::move(output.readEnd);
    state->standardError = std::move(error.readEnd);
    state->socket = std::move(socket.readEnd);
    ::fcntl(state->standardError.get(), F_SETFL, O_NONBLOCK);
    return state;
}

}  // namespace warploom
