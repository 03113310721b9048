// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "agent/llm/ChatService.h"
#include "agent/llm/ModelPreset.h"

namespace warploom {

/// What an answer cost, rounded up to a whole micro-dollar, so that a sum is never below the bill. Nothing where the
/// price of the prompt or of the answer is unknown. Cached tokens of an unknown price cost what others do; counts that
/// make no sense (below nought, more cached than sent) are taken for the nearest that does. At most the largest amount.
std::optional<MicroDollars> costOf(const ChatUsage& usage, const ModelPrice& price);

/// The most that a request may cost: nothing of it cached, its answer as long as it may be.
std::optional<MicroDollars> mostCostOf(std::int64_t promptTokens, std::int64_t mostAnswerTokens,
                                       const ModelPrice& price);

}  // namespace warploom
