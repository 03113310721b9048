// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>
#include <future>

#include <fmt/format.h>

#include "engine/EngineHost.h"
#include "engine/RestingLineage.h"

namespace warploom {

// What would be sent to an agent, in a run and between runs.

namespace {

constexpr std::chrono::milliseconds kLookAgain{50};

/// The engine's thread answers between other things, or never: a run may end first.
Result<AgentRequest> waitFor(std::future<Result<AgentRequest>> answer, const std::stop_token& stop)
{
    while (answer.wait_for(kLookAgain) != std::future_status::ready)
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "cancelled");
    try {
        return answer.get();
    } catch (const std::future_error&) {
        return fail(ErrorCode::Cancelled, "the run has ended meanwhile: ask again");
    }
}

}  // namespace

Result<InvitedAgent> EngineHost::invite(RunSettings settings, const std::string& name)
{
    settings.agents = {name};
    WARPLOOM_TRY(RunAgents made,
                 (m_agents ? m_agents : standardAgents(settings))->make(settings, {0, MicroDollars{0}}));
    if (made.agents.size() != 1)
        return fail(ErrorCode::InvalidArgument, fmt::format("{} is {} agents, not one", name, made.agents.size()));
    return InvitedAgent{std::move(made.agents.front()), std::move(made.redactor)};
}

Result<AgentRequest> EngineHost::requestFor(const AskOrder& order, std::stop_token stop)
{
    std::optional<std::future<Result<AgentRequest>>> answer;
    {
        const std::lock_guard lock(m_mutex);
        if (m_engine != nullptr)
            answer = m_engine->composeRequest(order);
        else if (m_isRunning || m_order)
            return fail(ErrorCode::Locked, "a run is starting: ask again in a moment");
    }
    return answer ? waitFor(std::move(*answer), stop) : requestAtRest(order, std::move(stop));
}

Result<AgentRequest> EngineHost::requestAtRest(const AskOrder& order, std::stop_token stop)
{
    WARPLOOM_TRY(Workspace reader, Workspace::open(m_path, Workspace::Mode::ReadOnly));
    SourceOrder place;
    place.task = order.task;
    WARPLOOM_TRY(Task task, taskOf(place));
    WARPLOOM_TRY(const InvitedAgent invited, invite({}, order.agent));
    WARPLOOM_TRY(auto surroundings, m_workbench.surroundings(task, order.device, std::move(stop)));
    WARPLOOM_TRY(const auto lineage,
                 RestingLineage::read(std::move(reader), std::move(task), std::move(surroundings.facts),
                                      surroundings.environment));
    WARPLOOM_TRY(const Expansion expansion, lineage->contexts().expansionOf(order));
    const Member& parent = *lineage->find(order.variant);
    WARPLOOM_TRY(AgentRequest request, invited.agent->compose(lineage->contexts().full(parent, expansion)));
    for (ExchangeMessage& message : request.messages)
        message.text = invited.redactor.redact(message.text);
    return request;
}

/// Between runs: in a run of its own, which evaluates what comes back and nothing else.
RunOrder EngineHost::orderForAsking(const Command& command)
{
    RunOrder order;
    if (auto latest = planLikeLatest(*m_workspace))
        order.settings = std::move(latest->settings);
    order.settings.evaluations = 0;
    // Nobody else is asked: models of an earlier run might cost something.
    order.settings.agents = {"rules"};
    order.settings.showsPrompts = false;
    order.first = {command};
    return order;
}

}  // namespace warploom
