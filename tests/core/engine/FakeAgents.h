// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <mutex>

#include "TestSupport.h"
#include "engine/Engine.h"
#include "task/TaskLoader.h"

namespace warploom::test {

/// What was asked of an agent, and what it is to answer.
struct Script {
    std::string name = "script";
    Result<> start;
    bool usesMemory = false;
    std::function<Result<std::vector<Proposal>>(const AgentContext&)> answer;
    std::vector<AgentContext> asked;
    int starts = 0;
};

/// An agent of this process that says what a test wants it to say.
class ScriptedAgent : public Agent {
public:
    explicit ScriptedAgent(Script& script)
        : m_script(script)
    {
    }
    [[nodiscard]] std::string name() const override { return m_script.name; }
    Result<> start(std::stop_token) override
    {
        ++m_script.starts;
        return m_script.start;
    }
    [[nodiscard]] bool usesMemory() const override { return m_script.usesMemory; }
    Result<std::vector<Proposal>> propose(const AgentContext& context, std::stop_token) override
    {
        m_script.asked.push_back(context);
        return m_script.answer ? m_script.answer(context) : Result<std::vector<Proposal>>(std::vector<Proposal>{});
    }

private:
    Script& m_script;
};

/// A right kernel for vector_add that differs from others by \p number only.
inline std::string vectorAddSource(int number)
{
    return fmt::format("// warploom: launch add<<<ceil_div(n, 128), 128>>>(a, b, c, n)\n"
                       "extern \"C\" __global__ void add(const float* a, const float* b, float* c, int n)\n"
                       "{{\n    int i = blockIdx.x * 128 + threadIdx.x + {0} - {0};\n"
                       "    if (i < n)\n        c[i] = a[i] + b[i];\n}}\n",
                       number);
}

/// Each time another right kernel.
inline std::function<Result<std::vector<Proposal>>(const AgentContext&)> steadyIdeas(const std::string& agent)
{
    return [agent, number = 0](const AgentContext&) mutable -> Result<std::vector<Proposal>> {
        ++number;
        return std::vector<Proposal>{
            {agent, "add-" + std::to_string(number), "another", vectorAddSource(number), "", 1}};
    };
}

/// One run of vector_add (or what the plan says) on the emulator, from start to end.
struct RunOutcome {
    Result<RunProgress> progress = RunProgress{};
    std::vector<EventRecord> events;
};

inline RunOutcome runAgents(Workspace& workspace, RunPlan plan, std::vector<std::unique_ptr<Agent>> agents,
                            const std::vector<Command>& commands = {}, std::stop_token stop = {},
                            const std::function<void(const EventRecord&)>& onEvent = {})
{
    RunOutcome outcome;
    Engine::Listener listener;
    listener.onEvent = [&outcome, &onEvent](const EventRecord& event) {
        outcome.events.push_back(event);
        if (onEvent)
            onEvent(event);
    };
    auto engine = Engine::start(workspace, std::move(plan), std::move(agents), std::move(listener), {});
    if (!engine) {
        outcome.progress = fail(engine.error());
        return outcome;
    }
    for (const Command& command : commands)
        (*engine)->post(command);
    outcome.progress = (*engine)->run(std::move(stop));
    return outcome;
}

inline RunOutcome runEngine(Workspace& workspace, RunPlan plan, const std::vector<Script*>& scripts,
                            const std::vector<Command>& commands = {}, std::stop_token stop = {})
{
    std::vector<std::unique_ptr<Agent>> agents;
    for (Script* script : scripts)
        agents.push_back(std::make_unique<ScriptedAgent>(*script));
    return runAgents(workspace, std::move(plan), std::move(agents), commands, std::move(stop));
}

inline RunPlan vectorAddPlan(std::int64_t evaluations)
{
    RunPlan plan;
    const TemporaryFolder folder;
    plan.task = std::move(*loadTask(copySmallKernels(folder.path() / "kernels") / "vector_add"));
    plan.settings.evaluations = evaluations;
    return plan;
}

/// The task with another tolerance: another revision of the same name.
inline Task revised(const Task& task)
{
    auto files = task.files();
    std::string& toml = files["task.toml"];
    toml += "\n# another revision\n";
    return std::move(*taskFromFiles(files));
}

}  // namespace warploom::test
