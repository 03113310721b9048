// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/ConfinementTrial.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/UniqueFd.h"

namespace warploom {

namespace {

/// Errors that mean "not allowed"; others mean that the system was willing.
bool isRefusal(int error) { return error == EPERM || error == EACCES || error == ENOSYS || error == EXDEV; }

/// What a system call returned, and for what.
class Trials {
public:
    void note(const char* act, bool succeeded)
    {
        const int error = errno;
        m_outcomes.push_back({act, !succeeded && isRefusal(error), succeeded ? "possible" : std::strerror(error)});
    }

    /// \p result: of a system call that makes a descriptor.
    void noteFd(const char* act, long result)
    {
        note(act, result >= 0);
        if (result >= 0)
            ::close(static_cast<int>(result));
    }

    [[nodiscard]] std::vector<TrialOutcome> take() { return std::move(m_outcomes); }

private:
    std::vector<TrialOutcome> m_outcomes;
};

void tryFiles(Trials& trials, const std::filesystem::path& file, const std::filesystem::path& folder)
{
    const auto made = folder / fmt::format("confinement-trial-{}", ::getpid());
    trials.noteFd("read-file", ::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    trials.noteFd("write-file", ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    trials.noteFd("list-folder", ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    trials.noteFd("make-file", ::open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    ::unlink(made.c_str());
    const auto attempt = [&](const char* act, int result, const std::function<void()>& undo) {
        trials.note(act, result == 0);
        if (result == 0)
            undo();
    };
    attempt("make-folder", ::mkdir(made.c_str(), 0700), [&] { ::rmdir(made.c_str()); });
    attempt("make-link", ::symlink(file.c_str(), made.c_str()), [&] { ::unlink(made.c_str()); });
    attempt("rename-file", ::rename(file.c_str(), made.c_str()), [&] { ::rename(made.c_str(), file.c_str()); });
    struct stat status{};
    ::stat(file.c_str(), &status);
    trials.note("change-mode", ::chmod(file.c_str(), status.st_mode & 07777) == 0);
    trials.note("cut-file", ::truncate(file.c_str(), status.st_size) == 0);
}

void trySockets(Trials& trials)
{
    trials.noteFd("socket-internet", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    trials.noteFd("socket-internet-6", ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    trials.noteFd("socket-netlink", ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
    trials.noteFd("socket-unix", ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

void tryPrograms(Trials& trials)
{
    const char* const program = "/bin/true";
    char* const arguments[] = {const_cast<char*>(program), nullptr};
    const pid_t child = ::fork();
    if (child == 0) {
        ::execve(program, arguments, nullptr);
        ::_exit(errno == 0 ? 1 : errno);
    }
    trials.note("fork", child > 0);
    int status = 0;
    if (child > 0) {
        ::waitpid(child, &status, 0);
        errno = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        trials.note("start-program", status == 0);
        return;
    }
    // Where no child can be had, a refusal is all that leaves this process alive.
    trials.note("start-program", ::execve(program, arguments, nullptr) == 0);
}

void tryOtherProcesses(Trials& trials)
{
    const pid_t parent = ::getppid();
    const bool traced = ::ptrace(PTRACE_SEIZE, parent, nullptr, nullptr) == 0;
    trials.note("trace-parent", traced);
    if (traced && ::ptrace(PTRACE_INTERRUPT, parent, nullptr, nullptr) == 0) {
        ::waitpid(parent, nullptr, __WALL);
        ::ptrace(PTRACE_DETACH, parent, nullptr, nullptr);
    }
    char byte = 0;
    const iovec own{&byte, 1};
    const iovec foreign{reinterpret_cast<void*>(0x1000), 1};
    trials.note("read-parent-memory", ::process_vm_readv(parent, &own, 1, &foreign, 1, 0) == 1);
    trials.noteFd("read-parent-environment",
                  ::open(fmt::format("/proc/{}/environ", parent).c_str(), O_RDONLY | O_CLOEXEC));
    trials.note("signal-parent", ::kill(parent, 0) == 0);
}

void trySystem(Trials& trials)
{
    trials.note("mount", ::mount("none", "/warploom", "tmpfs", 0, nullptr) == 0);
    trials.note("new-namespace", ::unshare(CLONE_NEWUTS) == 0);
    trials.noteFd("io-uring", ::syscall(SYS_io_uring_setup, 1U, nullptr));
    trials.noteFd("load-bpf", ::syscall(SYS_bpf, -1, nullptr, 0U));
    trials.note("keyring", ::syscall(SYS_keyctl, 0, -2, 0) >= 0);
    trials.noteFd("set-kernel-options", ::open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC));
}

}  // namespace

void to_json(nlohmann::json& json, const TrialOutcome& outcome)
{
    json = {{"act", outcome.act}, {"refused", outcome.refused}, {"reason", outcome.reason}};
}

std::vector<TrialOutcome> tryForbiddenActs(const std::filesystem::path& file, const std::filesystem::path& folder)
{
    Trials trials;
    tryFiles(trials, file, folder);
    trySockets(trials);
    tryPrograms(trials);
    tryOtherProcesses(trials);
    trySystem(trials);
    return trials.take();
}

}  // namespace warploom
