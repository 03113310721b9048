// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/Budget.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace warploom {

namespace {

std::int64_t addTokens(std::int64_t a, std::int64_t b)
{
    std::int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

/// More of either is no figure of this world; sums of them stay exact.
constexpr std::int64_t kMostCounted = 1'000'000'000'000'000;

std::int64_t tokensOf(const ModelSpending& spending)
{
    return std::clamp<std::int64_t>(spending.tokens, 0, kMostCounted);
}

MicroDollars moneyOf(const ModelSpending& spending)
{
    return {std::clamp<std::int64_t>(spending.money.value_or(MicroDollars{0}).value, 0, kMostCounted)};
}

}  // namespace

struct Budget::Reservation::State {
    explicit State(BudgetLimits theLimits)
        : limits(theLimits)
    {
    }

    /// With the mutex held.
    [[nodiscard]] Result<> admit(const ModelSpending& estimate) const
    {
        const std::int64_t tokens = addTokens(addTokens(spentTokens, reservedTokens), tokensOf(estimate));
        if (limits.tokens && tokens > *limits.tokens)
            return fail(ErrorCode::BudgetSpent,
                        fmt::format("{} tokens more would exceed the budget of {}: {} are used, {} set aside",
                                    tokensOf(estimate), *limits.tokens, spentTokens, reservedTokens));
        if (limits.money && !estimate.money)
            return fail(ErrorCode::BudgetSpent,
                        "the budget is in money, and the price of the model is unknown: enter it in models.toml, or "
                        "limit the tokens");
        const MicroDollars money = spentMoney + reservedMoney + moneyOf(estimate);
        if (limits.money && money > *limits.money)
            return fail(ErrorCode::BudgetSpent,
                        fmt::format("{} more would exceed the budget of {}: {} is spent, {} set aside",
                                    moneyText(moneyOf(estimate)), moneyText(*limits.money), moneyText(spentMoney),
                                    moneyText(reservedMoney)));
        return {};
    }

    void giveBack(const ModelSpending& estimate)
    {
        reservedTokens -= tokensOf(estimate);
        reservedMoney.value -= moneyOf(estimate).value;
    }

    void count(const ModelSpending& used)
    {
        spentTokens = addTokens(spentTokens, tokensOf(used));
        spentMoney += moneyOf(used);
        if (!used.money)
            unknownTokens = addTokens(unknownTokens, tokensOf(used));
    }

    mutable std::mutex mutex;
    BudgetLimits limits;
    std::int64_t spentTokens = 0;
    std::int64_t reservedTokens = 0;
    std::int64_t unknownTokens = 0;
    MicroDollars spentMoney;
    MicroDollars reservedMoney;
};

Budget::Reservation::Reservation(std::shared_ptr<State> state, ModelSpending estimate)
    : m_state(std::move(state))
    , m_estimate(estimate)
{
}

Budget::Reservation& Budget::Reservation::operator=(Reservation&& other) noexcept
{
    if (this != &other) {
        release();
        m_state = std::move(other.m_state);
        m_estimate = other.m_estimate;
    }
    return *this;
}

void Budget::Reservation::settle(const ModelSpending& used)
{
    if (const auto state = std::exchange(m_state, nullptr)) {
        // At once, or another request could slip in between.
        const std::lock_guard lock(state->mutex);
        state->giveBack(m_estimate);
        state->count(used);
    }
}

void Budget::Reservation::release()
{
    if (const auto state = std::exchange(m_state, nullptr)) {
        const std::lock_guard lock(state->mutex);
        state->giveBack(m_estimate);
    }
}

Budget::Budget(BudgetLimits limits)
    : m_state(std::make_shared<Reservation::State>(limits))
{
}

Result<Budget::Reservation> Budget::reserve(const ModelSpending& estimate)
{
    const std::lock_guard lock(m_state->mutex);
    WARPLOOM_CHECK(m_state->admit(estimate));
    m_state->reservedTokens = addTokens(m_state->reservedTokens, tokensOf(estimate));
    m_state->reservedMoney += moneyOf(estimate);
    return Reservation(m_state, estimate);
}

bool Budget::mayAsk(const ModelSpending& estimate) const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->admit(estimate).has_value();
}

void Budget::spend(const ModelSpending& used)
{
    const std::lock_guard lock(m_state->mutex);
    m_state->count(used);
}

BudgetLimits Budget::limits() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->limits;
}

void Budget::setLimits(BudgetLimits limits)
{
    const std::lock_guard lock(m_state->mutex);
    m_state->limits = limits;
}

ModelSpending Budget::spent() const
{
    const std::lock_guard lock(m_state->mutex);
    return {m_state->spentTokens, m_state->spentMoney};
}

std::int64_t Budget::tokensOfUnknownCost() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->unknownTokens;
}

}  // namespace warploom
