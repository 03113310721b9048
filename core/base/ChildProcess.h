// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/UniqueFd.h"

namespace warploom {

/// How a process ended: by exit(code), or by a signal (then code is 0).
struct ExitStatus {
    int code = 0;
    int signal = 0;

    [[nodiscard]] bool isSuccess() const { return code == 0 && signal == 0; }
    /// "exit code 3", "signal 11 (Segmentation fault)"
    [[nodiscard]] std::string toString() const;
    friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

struct ChildState;

/// A running or ended child of ProcessSpawner: leader of its own session and process group. When it ends, whatever is
/// left of its group is killed and the child is reaped, whether or not this object still exists. Destroying the object
/// kills the group of a child that still runs, unless endWithin() gave it time; that never blocks. All members may be
/// called from any thread.
class ChildProcess {
public:
    explicit ChildProcess(std::shared_ptr<ChildState> state);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    [[nodiscard]] int pid() const;
    /// Name for messages: the program's file name.
    [[nodiscard]] const std::string& name() const;

    /// Our end of the child's stdin, stdout and extra socket. Each can be taken once, by one thread; dropping stdin is
    /// EOF for the child.
    UniqueFd takeStandardInput();
    UniqueFd takeStandardOutput();
    UniqueFd takeSocket();

    /// Nothing while the child runs.
    [[nodiscard]] std::optional<ExitStatus> exitStatus() const;
    [[nodiscard]] bool isRunning() const { return !exitStatus().has_value(); }
    /// Waits for the end; nothing if \p timeout passes first.
    [[nodiscard]] std::optional<ExitStatus> waitFor(std::chrono::milliseconds timeout) const;
    /// Calls \p callback once when the child has ended: on the spawner's thread (so it must not block), or at once on
    /// this thread if that has already happened.
    void onExit(std::function<void(const ExitStatus&)> callback);

    /// SIGTERM, or SIGKILL, to the whole process group; does nothing after the end.
    void terminateGroup();
    void killGroup();
    /// Kills the group if it has not ended after \p grace, even if this object is gone by then.
    void endWithin(std::chrono::milliseconds grace);

    /// Why the spawner itself has killed it ("it held more than 4096 MiB of memory"); empty if it has not.
    [[nodiscard]] std::string killReason() const;

    /// The last 16 KiB of the child's stderr.
    [[nodiscard]] std::string standardErrorTail() const;
    /// The last line of stderr that is not blank, empty if there is none; at most 500 bytes.
    [[nodiscard]] std::string lastErrorLine() const;

private:
    std::shared_ptr<ChildState> m_state;
};

}  // namespace warploom
