// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <sys/wait.h>

#include "TestSupport.h"
#include "workers/WorkerClient.h"
#include "workers/WorkerLocations.h"

namespace warploom::test {

inline WorkerCommand fakeWorker(std::vector<std::string> arguments = {})
{
    WorkerCommand command;
    command.program = locateProgram("warploom-fake-worker").value().string();
    command.arguments = std::move(arguments);
    command.kind = "fake";
    return command;
}

/// True if this process has no child, running or dead.
inline bool hasNoChildren()
{
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0;
}

/// True once the process is gone or only waits for somebody else to reap it.
inline bool hasEnded(int pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto end = text.rfind(')');
    return end == std::string::npos || end + 2 >= text.size() || text[end + 2] == 'Z';
}

/// A line of /proc/self/status, in KiB: "VmRSS", "VmHWM".
inline long memoryOf(const std::string& field)
{
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(field + ":"))
            return std::stol(line.substr(field.size() + 1));
    }
    return -1;
}

/// From here on VmHWM means the most memory held since now.
inline void resetPeakMemory() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace warploom::test
