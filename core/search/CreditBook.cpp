// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/CreditBook.h"

#include <algorithm>
#include <cmath>

namespace warploom {

void Credit::add(const Credit& other)
{
    proposals += other.proposals;
    right += other.right;
    confirmed += other.confirmed;
    logGain += other.logGain;
    cost += other.cost;
    isCostKnown = isCostKnown && other.isCostKnown;
    tokens += other.tokens;
    time += other.time;
}

std::optional<MicroDollars> Credit::costPerGain() const
{
    if (confirmed == 0 || !isCostKnown)
        return std::nullopt;
    return MicroDollars{cost.value / confirmed};
}

void CreditBook::recordProposal(const CreditKey& key, bool right, bool confirmed, double logGain)
{
    Credit& credit = m_entries[key];
    ++credit.proposals;
    credit.right += right ? 1 : 0;
    if (right && confirmed && std::isfinite(logGain) && logGain > 0) {
        ++credit.confirmed;
        credit.logGain += logGain;
    }
}

void CreditBook::recordCost(const CreditKey& key, std::optional<MicroDollars> cost, std::int64_t tokens, Seconds time)
{
    Credit spent;
    spent.cost = cost.value_or(MicroDollars{0});
    spent.isCostKnown = cost.has_value();
    spent.tokens = std::max<std::int64_t>(0, tokens);
    spent.time = time;
    m_entries[key].add(spent);
}

Credit CreditBook::ofAgent(const std::string& agent) const
{
    Credit sum;
    for (const auto& [key, credit] : m_entries)
        if (key.agent == agent)
            sum.add(credit);
    return sum;
}

Credit CreditBook::ofModel(const std::string& model) const
{
    Credit sum;
    for (const auto& [key, credit] : m_entries)
        if (key.model == model)
            sum.add(credit);
    return sum;
}

nlohmann::json CreditBook::json() const
{
    nlohmann::json list = nlohmann::json::array();
    for (const auto& [key, credit] : m_entries) {
        const auto perGain = credit.costPerGain();
        list.push_back({{"agent", key.agent},
                        {"model", key.model},
                        {"move", key.move},
                        {"proposals", credit.proposals},
                        {"right", credit.right},
                        {"confirmed", credit.confirmed},
                        {"log_gain", credit.logGain},
                        {"cost_micros", credit.isCostKnown ? nlohmann::json(credit.cost.value) : nlohmann::json()},
                        {"tokens", credit.tokens},
                        {"seconds", credit.time.count()},
                        {"cost_per_gain_micros", perGain ? nlohmann::json(perGain->value) : nlohmann::json()}});
    }
    return list;
}

}  // namespace warploom
