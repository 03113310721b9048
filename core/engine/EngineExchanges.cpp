// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/Engine.h"

namespace warploom {

// What was asked of models and programs is kept, and what came of it counted.

void Engine::countAsk(const AgentAnswer& answer)
{
    const std::string& key = answer.question.agent;
    const Agent* agent = agentCalled(key);
    const std::int64_t cost = std::exchange(m_unsettled[key], 0);
    if (!m_models || agent == nullptr || agent->model().empty())
        return;
    ModelAsk ask;
    ask.cost = MicroDollars{cost};
    ask.time = answer.took;
    ask.proposals = answer.proposals ? static_cast<int>(answer.proposals->size()) : 0;
    ask.failed = !answer.proposals;
    m_models->recordAsk(key, ask);
}

void Engine::creditAgent(const VariantRecord& variant, bool right, double gain)
{
    const std::string& key = variant.asked.empty() ? variant.agent : variant.asked;
    m_population->creditAgent(key, right, right ? std::log(gain) : 0);
    if (m_models && !variant.model.empty())
        m_models->recordTrial(key, right, right ? std::log(gain) : 0);
    AgentTally* tally = tallyOf(key);
    if (tally == nullptr)
        return;
    tally->right += right ? 1 : 0;
    tally->repaired += right && variant.repairs != 0 ? 1 : 0;
    if (!right || gain <= kImproved)
        return;
    ++tally->improved;
    tally->bestGain = std::max(tally->bestGain, gain);
}

void Engine::storeRequest(std::int64_t number, ExchangeRecord request)
{
    if (m_failure)
        return;
    request.run = m_run.id;
    for (ExchangeMessage& message : request.messages)
        message.text = m_redactor.redact(message.text);
    const auto stored = announce(m_workspace.startExchange(request));
    if (!stored)
        return failWith(stored.error());
    m_exchanges[number] = stored->id;
    m_openQuestions[number] = {
        stored->id, 0, request.agent, request.model, request.purpose, request.parent, request.mode, Seconds(0), 0};
    m_questionsBegan[number] = std::chrono::steady_clock::now();
}

void Engine::storeOutcome(std::int64_t number, ExchangeRecord outcome)
{
    m_openQuestions.erase(number);
    m_questionsBegan.erase(number);
    const auto id = m_exchanges.find(number);
    if (m_failure || id == m_exchanges.end())
        return;
    outcome.id = id->second;
    outcome.run = m_run.id;
    for (std::string* text : {&outcome.answer, &outcome.explanation, &outcome.error})
        *text = m_redactor.redact(*text);
    countExchange(outcome);
    if (const auto stored = announce(m_workspace.finishExchange(outcome)); !stored)
        failWith(stored.error());
}

void Engine::countExchange(const ExchangeRecord& exchange)
{
    AgentTally* tally = tallyOf(exchange.agent);
    if (tally == nullptr)
        return;
    if (!exchange.fault.empty())
        ++tally->faults[exchange.fault];
    tally->promptTokens += exchange.promptTokens;
    tally->answerTokens += exchange.answerTokens;
    m_unsettled[exchange.agent] += exchange.costMicroDollars.value_or(0);
    tally->costMicroDollars += exchange.costMicroDollars.value_or(0);
    if (!exchange.costMicroDollars)
        tally->unpricedTokens += exchange.promptTokens + exchange.answerTokens;
    tally->costIsEstimated = tally->costIsEstimated || exchange.estimated;
}

/// What a run that is taken up again has asked already.
Result<> Engine::loadTallies()
{
    ExchangeFilter filter;
    filter.run = m_run.id;
    WARPLOOM_TRY(const auto exchanges, m_workspace.exchanges(filter));
    for (const ExchangeRecord& exchange : exchanges)
        countExchange(exchange);
    return {};
}

}  // namespace warploom
