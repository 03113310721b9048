// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/AgentDesk.h"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

namespace warploom {

AgentDesk::AgentDesk(Mailbox& mailbox, Settings settings, Sinks sinks)
    : m_mailbox(mailbox)
    , m_settings(settings)
    , m_sinks(std::move(sinks))
{
}

AgentDesk::~AgentDesk() { cancel(); }

const AgentDesk::Standing* AgentDesk::standingOf(const std::string& agent) const
{
    const auto found = m_standings.find(agent);
    return found == m_standings.end() ? nullptr : &found->second;
}

int AgentDesk::inFlight(const std::string& agent) const
{
    return static_cast<int>(std::ranges::count(m_questions, agent, &Question::agent));
}

bool AgentDesk::canAsk(const std::string& agent) const
{
    if (m_isCancelled || inFlight(agent) >= m_settings.parallel)
        return false;
    const Standing* standing = standingOf(agent);
    if (standing == nullptr)
        return true;
    // After a failure one question is enough to find out whether it is over.
    const bool isOnTrial = standing->failures > 0 && inFlight(agent) > 0;
    return !standing->isDismissed && !isOnTrial && Clock::now() >= standing->pausesUntil;
}

bool AgentDesk::isWorthWaitingFor(const std::string& agent) const
{
    if (m_isCancelled)
        return false;
    if (inFlight(agent) > 0)
        return true;
    const Standing* standing = standingOf(agent);
    return standing != nullptr && !standing->isDismissed && standing->failures > 0
        && standing->failures < m_settings.patience && Clock::now() < standing->pausesUntil;
}

void AgentDesk::dismiss(const std::string& agent) { m_standings[agent].isDismissed = true; }

/// Numbers are given where the request is made, so that its answer can name it before the engine has heard of it.
ExchangeSink AgentDesk::exchangeSink(const std::shared_ptr<Hold>& hold)
{
    ExchangeSink sink;
    sink.started = [this](const ExchangeRecord& request) {
        const std::int64_t number = ++m_lastExchange;
        m_mailbox.post([this, number, request] { m_sinks.exchangeStarted(number, request); });
        return number;
    };
    sink.arrived = [this](std::int64_t number, std::int64_t bytes) {
        const std::lock_guard lock(m_arrivedMutex);
        m_arrived[number] = bytes;
    };
    if (m_sinks.approve)
        sink.approve = [this, hold](const AgentRequest& request, std::stop_token stop) {
            const auto begun = Clock::now();
            hold->isOn = true;
            const bool isSent = m_sinks.approve(request, std::move(stop));
            hold->milliseconds += std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count();
            hold->isOn = false;
            return isSent;
        };
    sink.finished = [this](std::int64_t number, const ExchangeRecord& outcome) {
        {
            const std::lock_guard lock(m_arrivedMutex);
            m_arrived.erase(number);
        }
        m_mailbox.post([this, number, outcome] { m_sinks.exchangeFinished(number, outcome); });
    };
    return sink;
}

std::int64_t AgentDesk::arrived(std::int64_t exchange) const
{
    const std::lock_guard lock(m_arrivedMutex);
    const auto found = m_arrived.find(exchange);
    return found == m_arrived.end() ? 0 : found->second;
}

void AgentDesk::ask(Agent& agent, AgentQuestion question)
{
    Question& asked = m_questions.emplace_back();
    asked.hold = std::make_shared<Hold>();
    question.context.exchanges = exchangeSink(asked.hold);
    asked.number = ++m_lastNumber;
    asked.agent = question.agent;
    asked.begun = Clock::now();
    asked.thread =
        std::jthread([this, &agent, number = asked.number, question = std::move(question)](
                         std::stop_token stop) mutable { work(agent, std::move(question), number, std::move(stop)); });
}

void AgentDesk::work(Agent& agent, AgentQuestion question, std::int64_t number, std::stop_token stop)
{
    const auto begun = Clock::now();
    AgentAnswer answer;
    try {
        answer.proposals = agent.propose(question.context, std::move(stop));
    } catch (const std::exception& error) {
        // Nothing of an agent's is worth the run.
        answer.proposals = fail(ErrorCode::Internal, fmt::format("a fault of the agent: {}", error.what()));
    }
    answer.took = Clock::now() - begun;
    answer.question = std::move(question);
    m_mailbox.post([this, number, answer = std::move(answer)]() mutable { receive(number, std::move(answer)); });
}

void AgentDesk::receive(std::int64_t number, AgentAnswer answer)
{
    const auto place = std::ranges::find(m_questions, number, &Question::number);
    if (place == m_questions.end())
        return;
    const bool isOverdue = place->isOverdue;
    m_questions.erase(place);  // its thread has nothing left to do
    if (isOverdue && !answer.proposals)
        answer.proposals =
            fail(ErrorCode::Timeout, fmt::format("no answer within {:.3g} s", Seconds(m_settings.deadline).count()));
    noteOutcome(answer.question.agent, !answer.proposals);
    m_sinks.answered(std::move(answer));
}

void AgentDesk::noteOutcome(const std::string& agent, bool hasFailed)
{
    constexpr int kMostDoublings = 20;
    Standing& standing = m_standings[agent];
    standing.failures = hasFailed ? standing.failures + 1 : 0;
    if (!hasFailed)
        return;
    const auto pause = m_settings.firstPause * (std::int64_t{1} << std::min(standing.failures - 1, kMostDoublings));
    standing.pausesUntil = Clock::now() + std::min<std::chrono::milliseconds>(pause, m_settings.longestPause);
}

void AgentDesk::keepDeadlines()
{
    const auto now = Clock::now();
    for (Question& question : m_questions) {
        const std::chrono::milliseconds held(question.hold->milliseconds);
        if (question.isOverdue || question.hold->isOn || now - question.begun - held < m_settings.deadline)
            continue;
        question.isOverdue = true;
        question.thread.request_stop();
    }
}

void AgentDesk::cancel()
{
    m_isCancelled = true;
    for (Question& question : m_questions)
        question.thread.request_stop();
    m_questions.clear();
}

}  // namespace warploom
