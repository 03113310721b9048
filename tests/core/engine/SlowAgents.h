// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <thread>

#include "agent/Agent.h"

namespace warploom::test {

using Thinking = std::function<Result<std::vector<Proposal>>(const AgentContext&, std::stop_token)>;

/// What was asked of a slow agent; read when nobody is being asked any more, or through copy().
class Asked {
public:
    /// Returns its number, from 0.
    std::size_t add(const AgentContext& context)
    {
        const std::lock_guard lock(m_mutex);
        m_contexts.push_back(context);
        return m_contexts.size() - 1;
    }
    [[nodiscard]] std::vector<AgentContext> copy() const
    {
        const std::lock_guard lock(m_mutex);
        return m_contexts;
    }

private:
    mutable std::mutex m_mutex;
    std::vector<AgentContext> m_contexts;
};

/// An agent that takes as long as a test wants it to.
class SlowAgent : public Agent {
public:
    SlowAgent(std::string name, Thinking thinking)
        : m_name(std::move(name))
        , m_thinking(std::move(thinking))
    {
    }
    [[nodiscard]] std::string name() const override { return m_name; }
    [[nodiscard]] std::string key() const override { return m_name + ":one"; }
    [[nodiscard]] std::string model() const override { return "one"; }
    [[nodiscard]] bool takesLong() const override { return true; }
    Result<std::vector<Proposal>> propose(const AgentContext& context, std::stop_token stop) override
    {
        return m_thinking(context, std::move(stop));
    }

private:
    std::string m_name;
    Thinking m_thinking;
};

/// Sleeps, at most until a stop; false: it was stopped.
inline bool thinkFor(std::chrono::milliseconds time, const std::stop_token& stop)
{
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
        if (stop.stop_requested())
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return !stop.stop_requested();
}

inline Error stoppedError() { return {ErrorCode::Cancelled, "stopped", {}, {}, {}}; }

/// Thinks for ever.
inline Result<std::vector<Proposal>> hang(const AgentContext&, std::stop_token stop)
{
    thinkFor(std::chrono::minutes(10), stop);
    return fail(stoppedError());
}

inline Result<std::vector<Proposal>> oneIdea(const std::string& move, const std::string& source)
{
    return std::vector<Proposal>{{"slow", move, "an idea", source, "it may help", 1.1}};
}

}  // namespace warploom::test
