// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/LlmBudget.h"

#include <algorithm>

#include <fmt/format.h>

namespace warploom {

namespace {

/// A shorter answer is seldom whole: it is not worth its question.
constexpr std::int64_t kShortestAnswer = 512;
constexpr std::int64_t kMillion = 1'000'000;

}  // namespace

/// The longest answer that what is left pays for, with its question. With the mutex held.
std::int64_t LlmBudget::affordable(std::int64_t promptTokens, std::int64_t wanted, const CostOf& costOf) const
{
    std::int64_t most = wanted;
    if (m_limits.tokens > 0)
        most = std::min(most, m_limits.tokens - m_tokens - m_heldTokens - promptTokens);
    if (m_limits.microDollars <= 0 || !costOf)
        return most;
    const auto question = costOf({promptTokens, 0, 0, true});
    const auto million = costOf({0, 0, kMillion, true});
    if (!question || !million)
        return most;
    const std::int64_t left = m_limits.microDollars - m_microDollars - m_heldMicroDollars - *question;
    if (left < 0)
        return 0;
    if (*million <= 0)
        return most;
    return std::min(most, static_cast<std::int64_t>(static_cast<double>(left) / static_cast<double>(*million)
                                                    * static_cast<double>(kMillion)));
}

LlmBudget::Grant LlmBudget::reserve(std::int64_t promptTokens, std::int64_t wanted, const CostOf& costOf)
{
    const std::lock_guard lock(m_mutex);
    const std::int64_t most = affordable(promptTokens, wanted, costOf);
    if (most < std::min(wanted, kShortestAnswer)) {
        // What is held for others may still come back.
        if (m_heldTokens == 0)
            m_spent = m_limits.microDollars > 0 && costOf
                ? fmt::format("what is left of the budget does not pay for another question: ${:.4f} of ${:.4f} and {} "
                              "tokens are spent",
                              static_cast<double>(m_microDollars) * 1e-6,
                              static_cast<double>(m_limits.microDollars) * 1e-6, m_tokens)
                : fmt::format("what is left of the budget does not pay for another question: {} of {} tokens are spent",
                              m_tokens, m_limits.tokens);
        return {};
    }
    Grant grant{most, promptTokens + most, 0};
    if (costOf)
        grant.microDollars = costOf({promptTokens, 0, most, true}).value_or(0);
    m_heldTokens += grant.tokens;
    m_heldMicroDollars += grant.microDollars;
    return grant;
}

void LlmBudget::settle(const Grant& grant, const ChatUsage& usage, std::optional<std::int64_t> microDollars)
{
    const std::lock_guard lock(m_mutex);
    m_heldTokens -= grant.tokens;
    m_heldMicroDollars -= grant.microDollars;
    m_tokens += usage.promptTokens + usage.answerTokens;
    m_microDollars += microDollars.value_or(0);
}

void LlmBudget::add(std::int64_t tokens, std::int64_t microDollars)
{
    const std::lock_guard lock(m_mutex);
    m_tokens += tokens;
    m_microDollars += microDollars;
}

std::optional<std::string> LlmBudget::whySpent() const
{
    const std::lock_guard lock(m_mutex);
    return m_spent.empty() ? std::nullopt : std::optional(m_spent);
}

std::int64_t LlmBudget::tokens() const
{
    const std::lock_guard lock(m_mutex);
    return m_tokens;
}

std::int64_t LlmBudget::microDollars() const
{
    const std::lock_guard lock(m_mutex);
    return m_microDollars;
}

}  // namespace warploom
