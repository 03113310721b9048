// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ChildProcess.h"
#include "base/Result.h"
#include "base/Units.h"

namespace warploom {

/// A variable to set, or to remove when there is no value.
struct EnvironmentChange {
    std::string name;
    std::optional<std::string> value;
};

/// Lets the child see one of our descriptors under a number of its own (3 or more).
struct InheritedFd {
    int childFd = 3;
    int parentFd = -1;
};

/// One setrlimit: RLIMIT_… and the value for its soft and hard limit.
struct ResourceLimit {
    int resource = 0;
    std::uint64_t value = 0;
};

struct ProcessRequest {
    std::string program;  ///< a path, or a name searched in PATH; never a shell command
    std::vector<std::string> arguments;
    std::vector<EnvironmentChange> environment;  ///< on top of our own
    std::filesystem::path workingFolder;  ///< empty: ours
    std::vector<InheritedFd> inheritedFds;  ///< everything else is closed in the child
    std::vector<ResourceLimit> limits;  ///< core dumps are always off
    /// If above 0: a child that holds more memory than this is killed, at most a tenth of a second late.
    Bytes mostMemory{};
    int socketFd =
        0;  ///< if 3 or more: the child finds one end of a Unix stream socket pair there (to pass descriptors)
};

/// Starts children and watches them, from one thread that lives as long as the spawner: the kernel's parent-death
/// signal belongs to the thread that forked, so children die with the program and not with whichever thread happened to
/// ask.
class ProcessSpawner {
public:
    ProcessSpawner();
    /// Kills every child that is left and waits up to half a second for their ends.
    ~ProcessSpawner();
    ProcessSpawner(const ProcessSpawner&) = delete;
    ProcessSpawner& operator=(const ProcessSpawner&) = delete;

    /// The program's own spawner.
    static ProcessSpawner& shared();

    /// Starts a child with pipes for stdin, stdout and stderr, in its own session, with default signals. Returns when
    /// the program is running. Fails with NotFound if there is no such program, else with ProcessFailed and the
    /// system's reason. stderr is read all the time: its tail is kept, its lines go to the log at debug level.
    Result<std::shared_ptr<ChildProcess>> spawn(const ProcessRequest& request);

private:
    struct Core;
    std::shared_ptr<Core> m_core;
};

}  // namespace warploom
