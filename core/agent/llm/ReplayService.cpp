// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/ReplayService.h"

#include <algorithm>

#include <fmt/format.h>

#include "agent/answer/ParsedAnswer.h"
#include "agent/llm/ChatTexts.h"
#include "base/Hash.h"
#include "store/Workspace.h"

namespace warploom {

namespace {

std::string textHash(const std::string& model, const std::vector<ExchangeMessage>& messages)
{
    HashBuilder hash;
    hash.add(model);
    for (const ExchangeMessage& message : messages)
        hash.add(message.role).add(message.text);
    return hash.hex();
}

std::vector<ExchangeRecord> withAnswers(std::vector<ExchangeRecord> recorded)
{
    std::erase_if(recorded, [](const ExchangeRecord& exchange) {
        return !exchange.finished || exchange.errorCode == errorCodeName(ErrorCode::Cancelled);
    });
    return recorded;
}

ChatFinish finishOf(const ExchangeRecord& exchange)
{
    if (exchange.fault == answerFaultName(AnswerFault::Truncated))
        return ChatFinish::Length;
    return exchange.fault == answerFaultName(AnswerFault::Refused) ? ChatFinish::Refused : ChatFinish::Stop;
}

}  // namespace

ReplayService::ReplayService(std::vector<ExchangeRecord> recorded)
    : m_recorded(withAnswers(std::move(recorded)))
{
    for (std::size_t i = 0; i < m_recorded.size(); ++i) {
        m_byText.emplace(textHash(m_recorded[i].model, m_recorded[i].messages), i);
        m_left.insert(i);
    }
}

Result<std::shared_ptr<ReplayService>> ReplayService::open(const std::filesystem::path& workspace)
{
    WARPLOOM_TRY(Workspace reader, Workspace::open(workspace, Workspace::Mode::ReadOnly));
    ExchangeFilter filter;
    filter.full = true;
    WARPLOOM_TRY(auto recorded, reader.exchanges(filter));
    auto service = std::make_shared<ReplayService>(std::move(recorded));
    if (service->left() == 0)
        return fail(ErrorCode::NotFound, fmt::format("no answer of a model is recorded in {}", workspace.string()));
    return service;
}

/// With the mutex held; m_recorded.size() where there is none left.
std::size_t ReplayService::placeFor(const ChatRequest& request) const
{
    const auto [first, last] = m_byText.equal_range(textHash(request.model, exchangeMessages(request.messages)));
    for (auto entry = first; entry != last; ++entry)
        if (m_left.contains(entry->second))
            return entry->second;
    const auto next =
        std::ranges::find_if(m_left, [&](std::size_t place) { return m_recorded[place].model == request.model; });
    return next == m_left.end() ? m_recorded.size() : *next;
}

Result<ChatAnswer> ReplayService::chat(const ChatRequest& request, const TextSink& onText, std::stop_token stop)
{
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, "stopped");
    std::size_t place = 0;
    {
        const std::lock_guard lock(m_mutex);
        place = placeFor(request);
        if (place == m_recorded.size())
            return fail(ErrorCode::BudgetSpent, fmt::format("no recorded answer of {} is left", request.model));
        m_left.erase(place);
    }
    const ExchangeRecord& exchange = m_recorded[place];
    if (!exchange.errorCode.empty())
        return fail(errorCodeFromName(exchange.errorCode), exchange.error);
    if (onText)
        onText(exchange.answer);
    ChatAnswer answer;
    answer.text = exchange.answer;
    answer.model = exchange.model;
    answer.finish = finishOf(exchange);
    answer.usage = {exchange.promptTokens, exchange.cachedPromptTokens, exchange.answerTokens, exchange.estimated};
    return answer;
}

std::vector<std::string> ReplayService::models() const
{
    std::vector<std::string> models;
    for (const ExchangeRecord& exchange : m_recorded)
        if (std::ranges::find(models, exchange.model) == models.end())
            models.push_back(exchange.model);
    return models;
}

std::size_t ReplayService::left() const
{
    const std::lock_guard lock(m_mutex);
    return m_left.size();
}

}  // namespace warploom
