// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "agent/llm/ChatService.h"

namespace warploom {

/// What an exchange costs, in millionths of a dollar; nothing where the price is not known.
using CostOf = std::function<std::optional<std::int64_t>(const ChatUsage& usage)>;

/// What the models of a run may use together. From any thread. A question is granted only as long an answer as the rest
/// pays for, so that questions asked at the same time cannot spend more than there is; only a server that counts more
/// tokens than were estimated can.
class LlmBudget {
public:
    struct Limits {
        std::int64_t tokens = 0;  ///< sent and answered; 0: no limit
        std::int64_t microDollars = 0;  ///< 0: no limit
    };

    /// What is held back for a question until it is settled.
    struct Grant {
        std::int64_t answerTokens = 0;  ///< the longest answer to ask for; 0: the budget is spent
        std::int64_t tokens = 0;
        std::int64_t microDollars = 0;
    };

    explicit LlmBudget(Limits limits)
        : m_limits(limits)
    {
    }

    /// \p wanted: the longest answer one would like.
    Grant reserve(std::int64_t promptTokens, std::int64_t wanted, const CostOf& costOf);
    /// What was used in the end.
    void settle(const Grant& grant, const ChatUsage& usage, std::optional<std::int64_t> microDollars);
    /// What was used before, by a run that is taken up again.
    void add(std::int64_t tokens, std::int64_t microDollars);
    /// Why nothing is granted any more; nothing while something is.
    [[nodiscard]] std::optional<std::string> whySpent() const;
    [[nodiscard]] std::int64_t tokens() const;
    [[nodiscard]] std::int64_t microDollars() const;

private:
    [[nodiscard]] std::int64_t affordable(std::int64_t promptTokens, std::int64_t wanted, const CostOf& costOf) const;

    const Limits m_limits;
    mutable std::mutex m_mutex;
    std::int64_t m_tokens = 0;
    std::int64_t m_microDollars = 0;
    std::int64_t m_heldTokens = 0;
    std::int64_t m_heldMicroDollars = 0;
    std::string m_spent;
};

}  // namespace warploom
