// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "protocol/ExchangeRecord.h"

namespace warploom {

/// What somebody wants to ask an agent about one variant.
struct AskOrder {
    std::string agent;  ///< as a run's settings name it: "llm:MODEL@SERVER"
    VariantId variant = 0;  ///< to start from
    VariantId partner = 0;  ///< of a combination; 0: the best of the others
    std::string mode = "refine";  ///< memory mode
    // Between runs only; a run has its own.
    std::string task;  ///< folder or task.toml; empty: the task of the workspace's latest run
    std::string device = "emulator";
};

void to_json(nlohmann::json& json, const AskOrder& order);
void from_json(const nlohmann::json& json, AskOrder& order);

/// A request to an agent before it is sent: the exact text, and what it may cost.
struct AgentRequest {
    std::string agent;
    std::string model;
    std::string purpose = "propose";  ///< as ExchangeRecord has it
    VariantId parent = 0;
    VariantId partner = 0;  ///< of a combination; 0: none
    std::string mode;
    std::vector<ExchangePart> parts;  ///< of the user's message
    std::vector<ExchangeMessage> messages;
    std::int64_t promptTokens = 0;  ///< estimated
    std::int64_t mostAnswerTokens = 0;
    std::optional<std::int64_t> promptMicroDollars;  ///< of what is sent; absent: the price is not known
    std::optional<std::int64_t> mostMicroDollars;  ///< with the longest answer
    std::optional<std::int64_t> tokensLeft;  ///< of the budget; absent: there is no limit
    std::optional<std::int64_t> microDollarsLeft;

    /// Whether a budget has too little left for the longest answer: it is then asked for a shorter one, or not at all.
    [[nodiscard]] bool exceedsBudget() const;
};

void to_json(nlohmann::json& json, const AgentRequest& request);
void from_json(const nlohmann::json& json, AgentRequest& request);

/// Where a part's heading begins.
struct PartPlace {
    std::size_t message = 0;  ///< number of the message
    std::size_t offset = 0;  ///< of the heading, bytes
};

/// Of each part, in their order; nothing for one that was not sent, or whose heading is not found.
std::vector<std::optional<PartPlace>> partPlaces(const std::vector<ExchangePart>& parts,
                                                 const std::vector<ExchangeMessage>& messages);

}  // namespace warploom
