// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace warploom {

/// What one agent has been asked in a run and what came of it.
struct AgentTally {
    std::string key;  ///< as the run's settings name it
    std::string name;  ///< "rules", "llm", "command"
    std::string model;
    std::int64_t asked = 0;
    std::int64_t answered = 0;
    std::int64_t failed = 0;  ///< questions without an answer
    std::int64_t inFlight = 0;
    std::int64_t variants = 0;  ///< made of its answers, mended ones included
    std::int64_t right = 0;
    std::int64_t improved = 0;  ///< faster than their parents
    double bestGain = 1;  ///< ratio to the parent
    std::int64_t repairsAsked = 0;
    std::int64_t repaired = 0;  ///< mended variants that were right
    std::map<std::string, std::int64_t> faults;  ///< of answers, by name
    std::int64_t promptTokens = 0;
    std::int64_t answerTokens = 0;
    std::int64_t costMicroDollars = 0;
    bool costIsEstimated = false;
    std::int64_t unpricedTokens = 0;  ///< of requests whose cost nobody knows
    std::string note;  ///< why it failed last, or answers no more; empty while all is well

    /// What a gain has cost so far; nothing before the first.
    [[nodiscard]] std::optional<double> dollarsPerGain() const
    {
        if (improved == 0)
            return std::nullopt;
        return static_cast<double>(costMicroDollars) * 1e-6 / static_cast<double>(improved);
    }
};

void to_json(nlohmann::json& json, const AgentTally& tally);
void from_json(const nlohmann::json& json, AgentTally& tally);

}  // namespace warploom
