// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <set>

#include "FakeAgents.h"
#include "FakeChat.h"
#include "SlowAgents.h"

namespace warploom::test {

using namespace std::chrono_literals;

/// Subtracts.
inline std::string wrongSource()
{
    std::string source = vectorAddSource(901);
    source.replace(source.find("a[i] + b[i]"), 11, "a[i] - b[i]");
    return source;
}

inline std::string brokenSource()
{
    std::string source = vectorAddSource(902);
    source.replace(source.find("a[i] + b[i]"), 11, "a[i] + undefined_thing");
    return source;
}

inline std::vector<EventRecord> eventsOf(const std::vector<EventRecord>& events, std::string_view type)
{
    std::vector<EventRecord> found;
    for (const EventRecord& event : events)
        if (event.type == type)
            found.push_back(event);
    return found;
}

/// A right kernel for each request, the first from \p first on, each a moment later.
inline std::shared_ptr<FakeChat> steadyModel(int first, std::size_t most, std::chrono::milliseconds time = 30ms)
{
    return std::make_shared<FakeChat>(
        [first, most, time](const ChatRequest&, std::size_t number, std::stop_token stop) -> Result<ChatAnswer> {
            if (!thinkFor(time, stop))
                return fail(stoppedError());
            if (number >= most)
                return answerOf(vectorAddSource(first));
            return answerOf(vectorAddSource(first + static_cast<int>(number)));
        });
}

inline RunPlan slowPlan(std::int64_t evaluations)
{
    RunPlan plan = vectorAddPlan(evaluations);
    plan.settings.parallel = 1;
    return plan;
}

/// Runs with agents in a workspace that each test function has to itself.
class AgentRunFixture : public QObject {
protected:
    void openWorkspace()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        m_workspace.emplace(opened("w.warploom"));
    }
    void closeWorkspace()
    {
        m_workspace.reset();
        m_folder.reset();
    }

    Workspace opened(const char* name)
    {
        auto workspace = Workspace::open(m_folder->path() / name, Workspace::Mode::Create);
        return std::move(*workspace);
    }

    static std::vector<std::unique_ptr<Agent>> slowOnly(Thinking thinking)
    {
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(std::make_unique<SlowAgent>("slow", std::move(thinking)));
        return agents;
    }

    /// The first that the agent made.
    VariantRecord variantOf(const std::string& agent)
    {
        const auto variants = m_workspace->variants(m_workspace->tasks()->front().id);
        const auto found =
            std::find_if(variants->begin(), variants->end(), [&](const auto& one) { return one.agent == agent; });
        return found == variants->end() ? VariantRecord{} : *found;
    }

    std::unique_ptr<TemporaryFolder> m_folder;
    std::optional<Workspace> m_workspace;
};

}  // namespace warploom::test
