// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/Cost.h"

#include <algorithm>
#include <limits>

namespace warploom {

namespace {

constexpr int kTokensOfAPrice = 1'000'000;

__extension__ using Wide = __int128;

Wide product(std::int64_t tokens, MicroDollars price) { return static_cast<Wide>(tokens) * price.value; }

}  // namespace

std::optional<MicroDollars> costOf(const ChatUsage& usage, const ModelPrice& price)
{
    if (!price.isKnown())
        return std::nullopt;
    const std::int64_t prompt = std::max<std::int64_t>(0, usage.promptTokens);
    const std::int64_t cached = std::clamp<std::int64_t>(usage.cachedPromptTokens, 0, prompt);
    const std::int64_t answer = std::max<std::int64_t>(0, usage.answerTokens);
    const Wide sum = product(prompt - cached, *price.prompt) + product(cached, price.cached.value_or(*price.prompt))
        + product(answer, *price.answer);
    const Wide micros = (sum + kTokensOfAPrice - 1) / kTokensOfAPrice;
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    return MicroDollars{micros > kMost ? kMost : static_cast<std::int64_t>(micros)};
}

std::optional<MicroDollars> mostCostOf(std::int64_t promptTokens, std::int64_t mostAnswerTokens,
                                       const ModelPrice& price)
{
    ChatUsage usage;
    usage.promptTokens = promptTokens;
    usage.answerTokens = mostAnswerTokens;
    ModelPrice uncached = price;
    uncached.cached.reset();
    return costOf(usage, uncached);
}

}  // namespace warploom
