// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/LlmAgent.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "agent/llm/ChatTexts.h"
#include "agent/llm/Cost.h"
#include "base/Units.h"

namespace warploom {

namespace {

/// A shorter answer is seldom whole: it is not worth its question.
constexpr std::int64_t kShortestAnswer = 512;
/// Of an answer that broke off; none that is of use is longer.
constexpr std::size_t kMostHeardBytes = 256 * 1024;

std::string againText(const ParsedAnswer& parsed)
{
    return "Your answer could not be used: " + parsed.explanation
        + "\nAnswer again, in the form that was asked for, with the whole change.";
}

std::int64_t tokensOf(const std::vector<ChatMessage>& messages)
{
    return std::accumulate(messages.begin(), messages.end(), std::int64_t{0},
                           [](std::int64_t sum, const auto& one) { return sum + estimateTokens(one.text); });
}

/// Nobody says what a request has cost that failed. Most servers do not charge for it, unless the answer had begun.
ChatUsage usageOfBroken(std::int64_t promptTokens, const std::string& heard)
{
    return heard.empty() ? ChatUsage{0, 0, 0, true} : ChatUsage{promptTokens, 0, estimateTokens(heard), true};
}

std::optional<std::int64_t> microDollarsOf(const ChatUsage& usage, const ModelPrice& price)
{
    const auto cost = costOf(usage, price);
    return cost ? std::optional(cost->value) : std::nullopt;
}

}  // namespace

/// One request with what has come of it.
struct LlmAgent::Turn {
    ExchangeRecord record;
    std::int64_t number = 0;
    bool isSkipped = false;  ///< a person did not want it sent
};

LlmAgent::LlmAgent(std::shared_ptr<ChatService> service, LlmSettings settings, Composer composer, Parser parser)
    : m_service(std::move(service))
    , m_settings(std::move(settings))
    , m_composer(std::move(composer))
    , m_parser(std::move(parser))
{
}

std::optional<std::string> LlmAgent::whyFinished() const
{
    const std::lock_guard lock(m_mutex);
    return m_finished;
}

/// Whether the rest of the budget would not do for a question even if nothing were set aside for others.
bool LlmAgent::isSpent(std::int64_t promptTokens) const
{
    const BudgetLimits limits = m_settings.budget->limits();
    const ModelSpending spent = m_settings.budget->spent();
    const std::int64_t shortest = std::min(kShortestAnswer, m_settings.mostAnswerTokens);
    if (limits.tokens && spent.tokens + promptTokens + shortest > *limits.tokens)
        return true;
    const auto cost = mostCostOf(promptTokens, shortest, m_settings.price);
    return limits.money && (!cost || spent.money.value_or(MicroDollars{0}) + *cost > *limits.money);
}

/// \p answerTokens: the longest answer to ask for, shortened to what the rest of the budget pays for.
Result<std::optional<Budget::Reservation>> LlmAgent::reserve(std::int64_t promptTokens, std::int64_t& answerTokens)
{
    if (!m_settings.budget)
        return std::nullopt;
    const std::int64_t shortest = std::min(kShortestAnswer, answerTokens);
    for (;;) {
        auto reserved = m_settings.budget->reserve(
            {promptTokens + answerTokens, mostCostOf(promptTokens, answerTokens, m_settings.price)});
        if (reserved)
            return std::optional(std::move(*reserved));
        if (answerTokens > shortest) {
            answerTokens = std::max(answerTokens / 2, shortest);
            continue;
        }
        // What is set aside for others may still come free: no failure, but nothing to ask with either.
        if (!isSpent(promptTokens))
            return fail(ErrorCode::Cancelled, "the rest of the budget is set aside for questions that are being asked");
        const std::lock_guard lock(m_mutex);
        m_finished = reserved.error().toString();
        return fail(std::move(reserved).error());
    }
}

Result<std::vector<Proposal>> LlmAgent::propose(const AgentContext& context, std::stop_token stop)
{
    const bool isPersons = context.request.has_value();
    const AgentRequest asked = isPersons ? *context.request : textFor(context);
    ChatRequest request;
    request.model = m_settings.model;
    request.messages = chatMessages(asked.messages);
    request.temperature = m_settings.temperature;
    // Of a text that a person has seen nothing else is sent.
    const int rounds = isPersons ? 1 : m_settings.asksAgain + 1;
    for (int round = 0; round < rounds; ++round) {
        Turn turn;
        turn.record.parts = asked.parts;
        const auto answer = exchange(turn, request, context, stop);
        if (!answer) {
            if (turn.isSkipped || (whyFinished() && !isPersons))
                return std::vector<Proposal>{};
            return fail(answer.error());
        }
        ParsedAnswer parsed = read(*answer, context);
        if (parsed.fault != AnswerFault::None) {
            turn.record.fault = answerFaultName(parsed.fault);
            turn.record.explanation = parsed.explanation;
        }
        report(turn, context);
        if (parsed.fault == AnswerFault::None) {
            Proposal proposal{name(),        parsed.move,       parsed.title,
                              parsed.source, parsed.hypothesis, parsed.predictedGain};
            proposal.model = m_settings.model;
            proposal.exchange = turn.number;
            return std::vector<Proposal>{std::move(proposal)};
        }
        // Servers want text in every message.
        request.messages.push_back({ChatRole::Assistant, answer->text.empty() ? "(nothing)" : answer->text});
        request.messages.push_back({ChatRole::User, againText(parsed)});
    }
    return std::vector<Proposal>{};
}

AgentRequest LlmAgent::textFor(const AgentContext& context) const
{
    const Prompt prompt = m_composer(context, m_settings.prompt, m_settings.knowledge.get());
    AgentRequest request;
    request.agent = key();
    request.model = m_settings.model;
    request.purpose = context.repair ? "repair" : "propose";
    request.parent = context.parent.id;
    request.partner = context.partner ? context.partner->id : 0;
    request.mode = memoryModeName(context.mode);
    for (const PromptPart& part : prompt.parts)
        request.parts.push_back({part.name, part.tokens, part.included, part.leftOut, part.title});
    request.messages = {{"system", prompt.system}, {"user", prompt.user()}};
    return request;
}

void LlmAgent::price(AgentRequest& request) const
{
    request.promptTokens = tokensOf(chatMessages(request.messages));
    request.mostAnswerTokens = m_settings.mostAnswerTokens;
    const auto known = [](const std::optional<MicroDollars>& money) {
        return money ? std::optional(money->value) : std::nullopt;
    };
    request.promptMicroDollars = known(mostCostOf(request.promptTokens, 0, m_settings.price));
    request.mostMicroDollars = known(mostCostOf(request.promptTokens, request.mostAnswerTokens, m_settings.price));
    if (!m_settings.budget)
        return;
    const BudgetLimits limits = m_settings.budget->limits();
    const ModelSpending spent = m_settings.budget->spent();
    if (limits.tokens)
        request.tokensLeft = std::max<std::int64_t>(0, *limits.tokens - spent.tokens);
    if (limits.money)
        request.microDollarsLeft =
            std::max<std::int64_t>(0, limits.money->value - spent.money.value_or(MicroDollars{0}).value);
}

Result<AgentRequest> LlmAgent::compose(const AgentContext& context) const
{
    AgentRequest request = textFor(context);
    price(request);
    return request;
}

/// An answer is reported by whoever has read it, everything else here.
Result<ChatAnswer> LlmAgent::exchange(Turn& turn, ChatRequest& request, const AgentContext& context,
                                      std::stop_token stop)
{
    const std::int64_t promptTokens = tokensOf(request.messages);
    request.maxAnswerTokens = m_settings.mostAnswerTokens;
    turn.record.agent = key();
    turn.record.model = m_settings.model;
    turn.record.purpose = context.repair ? "repair" : "propose";
    turn.record.parent = context.parent.id;
    turn.record.mode = memoryModeName(context.mode);
    turn.record.messages = exchangeMessages(request.messages);
    turn.isSkipped = !isApproved(turn, context, stop);
    if (turn.isSkipped)
        return fail(ErrorCode::Cancelled, "the request was not approved");
    WARPLOOM_TRY(auto reservation, reserve(promptTokens, request.maxAnswerTokens));
    turn.record.promptTokens = promptTokens;
    turn.record.estimated = true;
    // What is known to be spent should this process not live to see the answer.
    turn.record.costMicroDollars = microDollarsOf({promptTokens, 0, 0, true}, m_settings.price);
    if (context.exchanges.started)
        turn.number = context.exchanges.started(turn.record);
    const auto begun = std::chrono::steady_clock::now();
    std::string heard;
    bool isFull = false;
    std::int64_t arrived = 0;
    const auto hear = [&](std::string_view piece) {
        isFull = isFull || heard.size() + piece.size() > kMostHeardBytes;
        heard += isFull ? std::string_view() : piece;
        arrived += static_cast<std::int64_t>(piece.size());
        if (context.exchanges.arrived)
            context.exchanges.arrived(turn.number, arrived);
    };
    auto answer = m_service->chat(request, hear, std::move(stop));
    turn.record.seconds = Seconds(std::chrono::steady_clock::now() - begun).count();
    const ChatUsage usage = answer ? answer->usage : usageOfBroken(promptTokens, heard);
    if (reservation)
        reservation->settle({usage.promptTokens + usage.answerTokens, costOf(usage, m_settings.price)});
    turn.record.promptTokens = usage.promptTokens;
    turn.record.cachedPromptTokens = usage.cachedPromptTokens;
    turn.record.answerTokens = usage.answerTokens;
    turn.record.estimated = usage.estimated;
    turn.record.costMicroDollars = microDollarsOf(usage, m_settings.price);
    turn.record.answer = answer ? answer->text : heard;
    if (answer)
        return answer;
    if (answer.error().code == ErrorCode::BudgetSpent) {
        const std::lock_guard lock(m_mutex);
        m_finished = answer.error().toString();
    }
    turn.record.errorCode = errorCodeName(answer.error().code);
    turn.record.error = answer.error().toString();
    report(turn, context);
    return answer;
}

/// Where somebody wants to see what is sent: until he has. What a person asked himself he has seen.
bool LlmAgent::isApproved(const Turn& turn, const AgentContext& context, const std::stop_token& stop) const
{
    if (context.request || !context.exchanges.approve)
        return true;
    AgentRequest request;
    request.agent = turn.record.agent;
    request.model = turn.record.model;
    request.purpose = turn.record.purpose;
    request.parent = turn.record.parent;
    request.partner = context.partner ? context.partner->id : 0;
    request.mode = turn.record.mode;
    request.parts = turn.record.parts;
    request.messages = turn.record.messages;
    price(request);
    return context.exchanges.approve(request, stop);
}

void LlmAgent::report(const Turn& turn, const AgentContext& context) const
{
    if (context.exchanges.finished)
        context.exchanges.finished(turn.number, turn.record);
}

ParsedAnswer LlmAgent::read(const ChatAnswer& answer, const AgentContext& context) const
{
    if (answer.finish == ChatFinish::Refused) {
        ParsedAnswer refused;
        refused.fault = AnswerFault::Refused;
        refused.explanation = "the model, or a filter before it, declined to answer";
        return refused;
    }
    const bool isTruncated = answer.finish == ChatFinish::Length;
    ParsedAnswer parsed = m_parser(answer.text, sourceToChange(context), isTruncated);
    // A model that is to mend something and starts over from the parent is understood too.
    if (!context.repair || parsed.fault != AnswerFault::EditNotFound)
        return parsed;
    ParsedAnswer afresh = m_parser(answer.text, context.parent.source, isTruncated);
    return afresh.fault == AnswerFault::None ? afresh : parsed;
}

}  // namespace warploom
