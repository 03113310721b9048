// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/ChildState.h"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace warploom {

namespace {

constexpr std::size_t kLongestLogLine = 4 * 1024;

/// What the process holds in memory now; 0 when it cannot be told.
Bytes residentMemory(int pid)
{
    std::FILE* file = std::fopen(fmt::format("/proc/{}/statm", pid).c_str(), "re");
    if (file == nullptr)
        return {};
    unsigned long long total = 0;
    unsigned long long resident = 0;
    const int read = std::fscanf(file, "%llu %llu", &total, &resident);
    std::fclose(file);
    return {read == 2 ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0};
}

ExitStatus reap(int pid)
{
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0) {
        if (errno != EINTR)
            return {};
    }
    if (info.si_code == CLD_EXITED)
        return {.code = info.si_status, .signal = 0};
    return {.code = 0, .signal = info.si_status};
}

}  // namespace

void ChildState::signalGroup(int signal)
{
    const std::lock_guard lock(mutex);
    if (!status)
        ::kill(-pid, signal);
}

void ChildState::checkMemory()
{
    if (mostMemory.value == 0 || residentMemory(pid) <= mostMemory)
        return;
    const std::lock_guard lock(mutex);
    if (status)
        return;
    killReason = fmt::format("it held more than {} MiB of memory", mostMemory.value / kMiB.value);
    ::kill(-pid, SIGKILL);
}

void ChildState::addErrorOutput(std::string_view piece)
{
    {
        const std::lock_guard lock(mutex);
        errorTail.append(piece.size() > kErrorTail ? piece.substr(piece.size() - kErrorTail) : piece);
        if (errorTail.size() > 2 * kErrorTail)
            errorTail.erase(0, errorTail.size() - kErrorTail);
    }
    if (!spdlog::should_log(spdlog::level::debug))
        return;
    partialLine.append(piece);
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = partialLine.find('\n', begin)) != std::string::npos; begin = end + 1)
        spdlog::debug("{}[{}] {}", name, pid, std::string_view(partialLine).substr(begin, end - begin));
    partialLine.erase(0, begin);
    if (partialLine.size() > kLongestLogLine) {
        spdlog::debug("{}[{}] {}", name, pid, partialLine);
        partialLine.clear();
    }
}

void ChildState::finish()
{
    std::vector<std::function<void(const ExitStatus&)>> toCall;
    ExitStatus how;
    {
        const std::lock_guard lock(mutex);
        ::kill(-pid, SIGKILL);
        how = reap(pid);
        status = how;
        toCall.swap(callbacks);
    }
    spdlog::debug("{}[{}] ended: {}", name, pid, how.toString());
    ended.notify_all();
    for (const auto& callback : toCall)
        callback(how);
}

}  // namespace warploom
