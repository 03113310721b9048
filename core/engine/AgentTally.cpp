// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/AgentTally.h"

namespace warploom {

void to_json(nlohmann::json& json, const AgentTally& tally)
{
    json = {{"key", tally.key},
            {"name", tally.name},
            {"model", tally.model},
            {"asked", tally.asked},
            {"answered", tally.answered},
            {"failed", tally.failed},
            {"in_flight", tally.inFlight},
            {"variants", tally.variants},
            {"right", tally.right},
            {"improved", tally.improved},
            {"best_gain", tally.bestGain},
            {"repairs_asked", tally.repairsAsked},
            {"repaired", tally.repaired},
            {"faults", tally.faults},
            {"prompt_tokens", tally.promptTokens},
            {"answer_tokens", tally.answerTokens},
            {"cost_microdollars", tally.costMicroDollars},
            {"cost_is_estimated", tally.costIsEstimated},
            {"unpriced_tokens", tally.unpricedTokens},
            {"note", tally.note}};
}

void from_json(const nlohmann::json& json, AgentTally& tally)
{
    constexpr std::int64_t kNone = 0;
    tally.key = json.value("key", "");
    tally.name = json.value("name", "");
    tally.model = json.value("model", "");
    tally.asked = json.value("asked", kNone);
    tally.answered = json.value("answered", kNone);
    tally.failed = json.value("failed", kNone);
    tally.inFlight = json.value("in_flight", kNone);
    tally.variants = json.value("variants", kNone);
    tally.right = json.value("right", kNone);
    tally.improved = json.value("improved", kNone);
    tally.bestGain = json.value("best_gain", 1.0);
    tally.repairsAsked = json.value("repairs_asked", kNone);
    tally.repaired = json.value("repaired", kNone);
    tally.faults = json.value("faults", std::map<std::string, std::int64_t>{});
    tally.promptTokens = json.value("prompt_tokens", kNone);
    tally.answerTokens = json.value("answer_tokens", kNone);
    tally.costMicroDollars = json.value("cost_microdollars", kNone);
    tally.costIsEstimated = json.value("cost_is_estimated", false);
    tally.unpricedTokens = json.value("unpriced_tokens", kNone);
    tally.note = json.value("note", "");
}

}  // namespace warploom
