// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "engine/ExchangeBook.h"
#include "engine/RunValues.h"
#include "look/Theme.h"
#include "protocol/AgentRequest.h"

namespace warploom {

// Requests and answers in words for people.

/// "6,214"
QString countText(std::int64_t count);
/// "$0.0124"; "unknown" where the price is.
QString costText(std::optional<std::int64_t> microDollars);
/// "refine"; "compare siblings" …
QString modeText(const std::string& mode);
/// What the answer's parser found wrong with it: "cut off before its end".
QString faultText(const std::string& fault);
QString outcomeName(ExchangeOutcome outcome);
Token tokenOf(ExchangeOutcome outcome);
/// What has come of the exchange, in one line: "made #12", "cut off before its end: …".
QString outcomeText(const ExchangeRecord& exchange);
/// Tokens, cost with the longest answer, and what is left of the budget, for a request that has not been sent.
QString requestText(const AgentRequest& request);
/// Tokens, cost and time of one that has.
QString exchangeFigures(const ExchangeRecord& exchange);
/// "gpt-5.5 is asked about #12: 00:14, 3.2 kB so far"
QString questionText(const OpenQuestion& question);

}  // namespace warploom
