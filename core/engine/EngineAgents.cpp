// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/Log.h"
#include "engine/Engine.h"
#include "variant/SourceText.h"

namespace warploom {

// Agents that take long: asked at the desk, while the run goes on with what else there is.

namespace {

/// Answers in a row without anything new after which a parent is not asked about any more.
constexpr int kMostStale = 2;

/// What the same question would fail with again, however long one waits.
bool isPermanent(ErrorCode code)
{
    constexpr std::array kPermanent{ErrorCode::InvalidArgument, ErrorCode::NotFound,        ErrorCode::Unsupported,
                                    ErrorCode::LibraryMissing,  ErrorCode::VersionMismatch, ErrorCode::KeyRefused,
                                    ErrorCode::OutOfCredit,     ErrorCode::ServerNotTrusted};
    return std::ranges::find(kPermanent, code) != kPermanent.end();
}

/// Not what the machine or the emulator could not do: an agent cannot mend that.
bool canBeMended(Verdict verdict)
{
    return verdict != Verdict::Ok && verdict != Verdict::Suspect && verdict != Verdict::NotEmulated;
}

}  // namespace

void Engine::makeDesk()
{
    AgentDesk::Settings settings;
    settings.parallel = std::max(1, m_settings.parallel);
    settings.deadline = std::chrono::duration_cast<std::chrono::milliseconds>(m_settings.answerDeadline);
    AgentDesk::Sinks sinks;
    sinks.answered = [this](AgentAnswer answer) { takeAnswer(std::move(answer)); };
    sinks.exchangeStarted = [this](std::int64_t number, ExchangeRecord request) {
        storeRequest(number, std::move(request));
    };
    sinks.exchangeFinished = [this](std::int64_t number, ExchangeRecord outcome) {
        storeOutcome(number, std::move(outcome));
    };
    if (m_approvals)
        // A copy of what must not be shown: the engine's own grows with whom people invite.
        sinks.approve = [this, redactor = m_redactor](AgentRequest request, const std::stop_token& stop) {
            for (ExchangeMessage& message : request.messages)
                message.text = redactor.redact(message.text);
            return m_approvals->wait(request, stop);
        };
    m_desk = std::make_unique<AgentDesk>(m_mailbox, settings, std::move(sinks));
    for (const auto& agent : m_agents) {
        AgentTally tally;
        tally.key = agent->key();
        tally.name = agent->name();
        tally.model = agent->model();
        m_tallies.push_back(std::move(tally));
    }
    const auto isModel = [](const auto& agent) { return !agent->model().empty(); };
    if (std::ranges::count_if(m_agents, isModel) < 2)
        return;
    m_models.emplace();
    for (const auto& agent : m_agents)
        if (isModel(agent))
            m_models->add(agent->key(), {});
}

Agent* Engine::agentCalled(const std::string& key)
{
    const auto found = std::ranges::find_if(m_agents, [&key](const auto& one) { return one->key() == key; });
    return found == m_agents.end() ? nullptr : found->get();
}

AgentTally* Engine::tallyOf(const std::string& key)
{
    const auto found = std::ranges::find(m_tallies, key, &AgentTally::key);
    return found == m_tallies.end() ? nullptr : &*found;
}

/// Those that answer at once, and those that take long and have time.
std::vector<std::string> Engine::askableAgents()
{
    std::vector<std::string> askable;
    for (const auto& agent : m_agents) {
        const std::string key = agent->key();
        if (!agent->takesLong() || (m_desk->canAsk(key) && !hasFinished(*agent)))
            askable.push_back(key);
    }
    keepChosenModel(askable);
    return askable;
}

/// Those that answer at once.
std::vector<std::string> Engine::quickAgents() const
{
    std::vector<std::string> quick;
    for (const auto& agent : m_agents)
        if (!agent->takesLong())
            quick.push_back(agent->key());
    return quick;
}

/// Of several models only the one whose turn it is, by what a gain costs with each.
void Engine::keepChosenModel(std::vector<std::string>& askable)
{
    const auto isModel = [this](const std::string& key) { return !agentCalled(key)->model().empty(); };
    if (!m_models || std::ranges::none_of(askable, isModel))
        return;
    const auto canBeAsked = [&](const std::string& key) { return std::ranges::find(askable, key) != askable.end(); };
    // One that is busy, pauses or has spent its budget must not keep the others waiting.
    if (!canBeAsked(m_nextModel))
        m_nextModel = m_models->choose(m_random).value_or("");
    if (canBeAsked(m_nextModel))
        std::erase_if(askable, [&](const std::string& key) { return isModel(key) && key != m_nextModel; });
}

bool Engine::hasFinished(const Agent& agent)
{
    const auto reason = agent.whyFinished();
    if (reason)
        note(eventType::kAgentFinished, agent.key(), "finished", {{"reason", *reason}});
    return reason.has_value();
}

/// Once a run for each agent and kind.
void Engine::note(std::string_view event, const std::string& agent, const std::string& kind, nlohmann::json data)
{
    const std::string reason = m_redactor.redact(data.value("reason", ""));
    if (AgentTally* tally = tallyOf(agent))
        tally->note = reason;
    if (!m_agentNotes.insert({agent, kind}).second)
        return;
    data["agent"] = agent;
    data["reason"] = reason;
    if (const auto noted = announce(m_workspace.appendEvent(event, m_run.id, data)); !noted)
        failWith(noted.error());
}

/// Whether an answer may still come that the run can go on with.
bool Engine::awaitsAgents() const
{
    return std::ranges::any_of(
        m_agents, [this](const auto& agent) { return agent->takesLong() && m_desk->isWorthWaitingFor(agent->key()); });
}

/// Why a run whose agents have nothing left is over: none of them could answer, they have spent their budget, or there
/// is nothing left.
Result<std::string> Engine::whyNothingIsLeft() const
{
    const auto isOut = [this](const auto& agent) { return m_lastFailures.contains(agent->key()); };
    if (!m_agents.empty() && std::ranges::all_of(m_agents, isOut))
        return fail(m_lastFailures.at(m_agents.front()->key()));
    const bool isSpent =
        std::ranges::any_of(m_agents, [](const auto& agent) { return agent->whyFinished().has_value(); });
    return std::string(isSpent ? "agents' budget" : "nothing left to try");
}

void Engine::askAtDesk(Agent& agent, const Member& parent, const Expansion& expansion)
{
    AgentQuestion question{agent.key(), expansion, contexts().full(parent, expansion)};
    if (AgentTally* tally = tallyOf(question.agent))
        ++tally->asked;
    if (question.agent == m_nextModel)
        m_nextModel.clear();
    m_desk->ask(agent, std::move(question));
}

void Engine::tendDesk()
{
    m_desk->keepDeadlines();
    if (m_paused || m_stopAsked.stop_requested() || m_submitted >= searchBudget())
        return;
    std::deque<VariantId> later;
    for (const VariantId id : std::exchange(m_toRepair, {})) {
        const Member* failed = m_population->find(id);
        Agent* agent = failed == nullptr ? nullptr : agentCalled(failed->record.asked);
        if (agent == nullptr || hasFinished(*agent) || failed->record.retired)
            continue;
        if (m_desk->canAsk(failed->record.asked))
            askToRepair(*agent, *failed);
        else if (m_desk->isWorthWaitingFor(failed->record.asked))
            later.push_back(id);
    }
    m_toRepair = std::move(later);
}

/// How often what this variant comes from has been mended already.
int Engine::repairsBefore(const VariantRecord& variant)
{
    int count = 0;
    for (VariantId id = variant.repairs; id != 0;) {
        ++count;
        const Member* mended = m_population->find(id);
        // What is mended is older; in a damaged workspace it may go round.
        id = mended != nullptr && mended->record.repairs < id ? mended->record.repairs : 0;
    }
    return count;
}

/// \p failure is the first that is known of the member.
void Engine::considerRepair(const Member& member, const EvaluationRecord& failure)
{
    const Agent* agent = agentCalled(member.record.asked);
    if (agent == nullptr || !agent->takesLong() || member.record.parents.empty() || !canBeMended(failure.verdict))
        return;
    if (repairsBefore(member.record) < m_settings.repairs)
        m_toRepair.push_back(member.record.id);
}

void Engine::askToRepair(Agent& agent, const Member& failed)
{
    const Member* parent = m_population->find(failed.record.parents.front());
    const auto failure = contexts().latestFailureOf(failed.record.id);
    if (parent == nullptr || !failure)
        return;
    Expansion expansion{{parent->record.id}, agent.key(), MemoryMode::Refine};
    AgentQuestion question{agent.key(), expansion, contexts().full(*parent, expansion)};
    question.context.repair = Attempt{failed.record, std::nullopt, failure};
    question.context.repairsLeft = m_settings.repairs - repairsBefore(failed.record) - 1;
    if (AgentTally* tally = tallyOf(question.agent)) {
        ++tally->asked;
        ++tally->repairsAsked;
    }
    m_desk->ask(agent, std::move(question));
}

void Engine::takeAnswer(AgentAnswer answer)
{
    if (m_failure)
        return;
    const std::string& key = answer.question.agent;
    countAsk(answer);
    if (answer.question.context.request)
        return takePersonsAnswer(std::move(answer));
    if (!answer.proposals) {
        if (!answer.proposals.error().isCancelled())
            noteFailure(key, answer.proposals.error());
        return;
    }
    m_lastFailures.erase(key);
    if (AgentTally* tally = tallyOf(key)) {
        ++tally->answered;
        tally->note.clear();
    }
    Member* parent = m_population->find(answer.question.expansion.parents.front());
    Agent* agent = agentCalled(key);
    if (parent == nullptr || agent == nullptr)
        return;
    bool isNews = false;
    // The first of them is to be tried first.
    for (auto proposal = answer.proposals->rbegin(); proposal != answer.proposals->rend(); ++proposal)
        isNews = takeProposal(*agent, answer.question, std::move(*proposal), *parent) || isNews;
    if (answer.question.context.repair)
        return;
    int& stale = parent->stale[key];
    stale = isNews ? 0 : stale + 1;
    if (stale >= kMostStale || (!isNews && !agent->usesMemory()))
        parent->spent.insert(key);
}

/// Whether it is something new, which then waits for its evaluation.
bool Engine::takeProposal(const Agent& agent, const AgentQuestion& question, Proposal proposal, const Member& parent)
{
    proposal.agent = agent.name();
    proposal.asked = question.agent;
    if (proposal.model.empty())
        proposal.model = agent.model();
    proposal.mode = question.expansion.mode;
    const bool combines = proposal.mode == MemoryMode::Combine && question.expansion.parents.size() > 1;
    proposal.partner = combines ? question.expansion.parents[1] : 0;
    proposal.repairs = question.context.repair ? question.context.repair->variant.id : 0;
    const auto exchange = m_exchanges.find(proposal.exchange);
    proposal.exchange = exchange == m_exchanges.end() ? 0 : exchange->second;
    for (std::string* text : {&proposal.move, &proposal.title, &proposal.hypothesis, &proposal.source})
        *text = m_redactor.redact(*text);
    if (m_population->isBanned(proposal.move) || m_population->findText(sourceHash(proposal.source)) != nullptr)
        return false;
    if (!queueFirst(proposal, parent))
        return false;
    ++m_structural;
    if (AgentTally* tally = tallyOf(question.agent))
        ++tally->variants;
    return true;
}

void Engine::noteFailure(const std::string& key, const Error& error)
{
    const bool isForGood = isPermanent(error.code);
    if (isForGood)
        m_desk->dismiss(key);
    m_lastFailures.insert_or_assign(key, Error{error.code, m_redactor.redact(error.toString()), {}, {}, {}});
    if (AgentTally* tally = tallyOf(key))
        ++tally->failed;
    const std::string code(errorCodeName(error.code));
    spdlog::info("agent {} has not answered: {}", key, m_redactor.redact(error.toString()));
    note(eventType::kAgentFailed, key, code,
         {{"reason", error.toString()}, {"code", code}, {"remedy", remedy(error.code)}, {"permanent", isForGood}});
}

/// What they are being asked is not waited for any longer; what was exchanged meanwhile is kept.
void Engine::dismissQuestions()
{
    m_desk->cancel();
    m_toRepair.clear();
    m_mailbox.runAll(std::chrono::milliseconds(0));
}

}  // namespace warploom
