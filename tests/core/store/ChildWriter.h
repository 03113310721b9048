// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace warploom::test {

/// A forked child that runs a function and exits with what it returns. Killed and reaped when this object dies.
class ChildWriter {
public:
    explicit ChildWriter(const std::function<int()>& body)
        : m_pid(::fork())
    {
        if (m_pid == 0)
            ::_exit(body());
    }
    ~ChildWriter()
    {
        if (m_pid > 0)
            kill();
    }
    ChildWriter(const ChildWriter&) = delete;
    ChildWriter& operator=(const ChildWriter&) = delete;

    void kill()
    {
        ::kill(m_pid, SIGKILL);
        wait();
    }
    /// Exit code, or -1 when a signal ended it.
    int wait()
    {
        int status = 0;
        ::waitpid(m_pid, &status, 0);
        m_pid = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t m_pid;
};

}  // namespace warploom::test
