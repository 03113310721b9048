// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/Log.h"
#include "engine/Engine.h"
#include "variant/SourceText.h"

namespace warploom {

// What people ask of agents: shown before it is sent, and sent as it was shown.

AgentContexts Engine::contexts()
{
    return AgentContexts({m_workspace, m_task, *m_population, m_rig->facts(), m_environment, m_guidance});
}

/// Null where there is none.
Agent* Engine::agentOrGuest(const std::string& key)
{
    if (Agent* agent = agentCalled(key))
        return agent;
    const auto known = std::ranges::find_if(m_guests, [&key](const auto& guest) { return guest->key() == key; });
    return known == m_guests.end() ? nullptr : known->get();
}

/// One of the run's, or one that is invited now.
Result<Agent*> Engine::agentToAsk(const std::string& key)
{
    if (Agent* known = agentOrGuest(key))
        return known;
    if (!m_invite)
        return fail(ErrorCode::Unsupported, fmt::format("the run has no agent {}, and asks no others", key));
    WARPLOOM_TRY(InvitedAgent invited, m_invite(key));
    if (!invited.agent->takesLong())
        return fail(ErrorCode::Unsupported, fmt::format("the agent {} is not asked in words", key));
    m_redactor.add(invited.redactor);
    AgentTally tally;
    tally.key = invited.agent->key();
    tally.name = invited.agent->name();
    tally.model = invited.agent->model();
    m_tallies.push_back(std::move(tally));
    return m_guests.emplace_back(std::move(invited.agent)).get();
}

std::future<Result<AgentRequest>> Engine::composeRequest(AskOrder order)
{
    // A message is copied, a promise is not.
    const auto promise = std::make_shared<std::promise<Result<AgentRequest>>>();
    auto answer = promise->get_future();
    m_mailbox.post([this, promise, order = std::move(order)] { promise->set_value(requestFor(order)); });
    return answer;
}

/// Without secrets: it is shown, sent and kept.
Result<AgentRequest> Engine::requestFor(const AskOrder& order)
{
    WARPLOOM_TRY(const Agent* agent, agentToAsk(order.agent));
    WARPLOOM_TRY(const Expansion expansion, contexts().expansionOf(order));
    const Member& parent = *m_population->find(order.variant);
    WARPLOOM_TRY(AgentRequest request, agent->compose(contexts().full(parent, expansion)));
    for (ExchangeMessage& message : request.messages)
        message.text = m_redactor.redact(message.text);
    return request;
}

/// The answer is looked for in the same source as if the agent had composed the text itself.
Result<> Engine::askForPerson(const Command& command)
{
    const AgentRequest& request = command.request;
    if (request.messages.empty())
        return fail(ErrorCode::InvalidArgument, "there is nothing to send");
    WARPLOOM_TRY(Agent * agent, agentToAsk(request.agent));
    WARPLOOM_TRY(const Expansion expansion,
                 contexts().expansionOf({request.agent, command.variant, request.partner, request.mode, {}, {}}));
    nlohmann::json event{{"command", "ask"},
                         {"variant", command.variant},
                         {"agent", request.agent},
                         {"mode", request.mode},
                         {"text", ""}};
    WARPLOOM_TRY(const Committed ignored, announce(m_workspace.appendEvent("steered", m_run.id, event)));
    const Member& parent = *m_population->find(command.variant);
    AgentQuestion question{agent->key(), expansion, contexts().full(parent, expansion)};
    question.context.request = request;
    if (AgentTally* tally = tallyOf(question.agent))
        ++tally->asked;
    ++m_personsQuestions;
    m_desk->ask(*agent, std::move(question));
    return {};
}

/// Whoever asked hears of what went wrong too; what the run thinks of parent and agent is its own.
void Engine::takePersonsAnswer(AgentAnswer answer)
{
    --m_personsQuestions;
    const AgentQuestion& question = answer.question;
    AgentTally* tally = tallyOf(question.agent);
    if (!answer.proposals) {
        if (tally != nullptr)
            ++tally->failed;
        Command command;
        command.kind = Command::Kind::Ask;
        command.variant = question.expansion.parents.front();
        if (!m_stopAsked.stop_requested())
            refuse(command, answer.proposals.error(), {{"agent", question.agent}});
        return;
    }
    if (tally != nullptr)
        ++tally->answered;
    const Agent* agent = agentOrGuest(question.agent);
    const Member* parent = m_population->find(question.expansion.parents.front());
    if (agent == nullptr || parent == nullptr)
        return;
    for (Proposal& proposal : *answer.proposals) {
        const std::string text = m_redactor.redact(proposal.source);
        if (takeProposal(*agent, question, std::move(proposal), *parent))
            if (const Member* made = m_population->findText(sourceHash(text)))
                tryFirst(made->record.id);
    }
}

std::vector<OpenQuestion> Engine::openQuestions() const
{
    const auto now = std::chrono::steady_clock::now();
    std::vector<OpenQuestion> list;
    for (const auto& [number, question] : m_openQuestions) {
        OpenQuestion& shown = list.emplace_back(question);
        shown.elapsed = now - m_questionsBegan.at(number);
        shown.answerBytes = m_desk->arrived(number);
    }
    if (!m_approvals)
        return list;
    const auto clock = std::chrono::system_clock::now().time_since_epoch();
    const auto wallNow = std::chrono::duration_cast<std::chrono::milliseconds>(clock).count();
    for (const auto& [number, since, request] : m_approvals->waiting())
        list.push_back({0, number, request.agent, request.model, request.purpose, request.parent, request.mode,
                        std::chrono::milliseconds(wallNow - since), 0});
    return list;
}

}  // namespace warploom
