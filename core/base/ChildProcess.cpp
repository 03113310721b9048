// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/ChildProcess.h"

#include <algorithm>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "base/ChildState.h"

namespace warploom {

namespace {

constexpr std::size_t kLongestErrorLine = 500;

}  // namespace

std::string ExitStatus::toString() const
{
    if (signal != 0) {
        const char* words = ::sigdescr_np(signal);
        return fmt::format("signal {} ({})", signal, words != nullptr ? words : "unknown");
    }
    return fmt::format("exit code {}", code);
}

ChildProcess::ChildProcess(std::shared_ptr<ChildState> state)
    : m_state(std::move(state))
{
}

ChildProcess::~ChildProcess()
{
    const std::lock_guard lock(m_state->mutex);
    if (!m_state->status && !m_state->killAt)
        ::kill(-m_state->pid, SIGKILL);
}

int ChildProcess::pid() const { return m_state->pid; }

const std::string& ChildProcess::name() const { return m_state->name; }

UniqueFd ChildProcess::takeStandardInput() { return std::move(m_state->standardInput); }

UniqueFd ChildProcess::takeStandardOutput() { return std::move(m_state->standardOutput); }

UniqueFd ChildProcess::takeSocket() { return std::move(m_state->socket); }

std::optional<ExitStatus> ChildProcess::exitStatus() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->status;
}

std::optional<ExitStatus> ChildProcess::waitFor(std::chrono::milliseconds timeout) const
{
    std::unique_lock lock(m_state->mutex);
    m_state->ended.wait_for(lock, timeout, [this] { return m_state->status.has_value(); });
    return m_state->status;
}

void ChildProcess::onExit(std::function<void(const ExitStatus&)> callback)
{
    ExitStatus status;
    {
        const std::lock_guard lock(m_state->mutex);
        if (!m_state->status) {
            m_state->callbacks.push_back(std::move(callback));
            return;
        }
        status = *m_state->status;
    }
    callback(status);
}

void ChildProcess::terminateGroup() { m_state->signalGroup(SIGTERM); }

void ChildProcess::killGroup() { m_state->signalGroup(SIGKILL); }

void ChildProcess::endWithin(std::chrono::milliseconds grace)
{
    {
        const std::lock_guard lock(m_state->mutex);
        const auto due = ChildState::Clock::now() + grace;
        m_state->killAt = m_state->killAt ? std::min(*m_state->killAt, due) : due;
    }
    m_state->wakeSpawner();
}

std::string ChildProcess::killReason() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->killReason;
}

std::string ChildProcess::standardErrorTail() const
{
    const std::lock_guard lock(m_state->mutex);
    const std::string& tail = m_state->errorTail;
    return tail.size() > ChildState::kErrorTail ? tail.substr(tail.size() - ChildState::kErrorTail) : tail;
}

std::string ChildProcess::lastErrorLine() const
{
    const std::string tail = standardErrorTail();
    const auto last = tail.find_last_not_of(" \t\r\n");
    if (last == std::string::npos)
        return {};
    const auto newline = tail.find_last_of("\r\n", last);
    const auto first = newline == std::string::npos ? 0 : newline + 1;
    return tail.substr(first, std::min(last + 1 - first, kLongestErrorLine));
}

}  // namespace warploom
