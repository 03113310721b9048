// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/PromptRows.h"

#include <algorithm>

#include "agent/prompt/Prompt.h"

namespace warploom {

namespace {

constexpr std::string_view kModelAgent = "llm:";

PromptRow rowOf(const ExchangePart& part, const std::optional<PartPlace>& place)
{
    PromptRow row;
    row.title = part.title.empty() ? part.name : part.title;
    row.tokens = part.tokens;
    row.why = part.leftOut;
    row.place = place;
    if (!part.included)
        row.state = PromptRow::State::LeftOut;
    else if (!part.leftOut.empty())
        row.state = PromptRow::State::Shortened;
    return row;
}

PromptRow rowOf(PromptRow::Kind kind, const ExchangeMessage& message, std::size_t number)
{
    PromptRow row;
    row.kind = kind;
    row.tokens = estimateTokens(message.text);
    row.place = PartPlace{number, 0};
    return row;
}

}  // namespace

std::vector<PromptRow> promptRows(const std::vector<ExchangePart>& parts, const std::vector<ExchangeMessage>& messages)
{
    const auto places = partPlaces(parts, messages);
    std::vector<PromptRow> rows;
    bool hadUser = false;
    for (std::size_t number = 0; number < messages.size(); ++number) {
        const ExchangeMessage& message = messages[number];
        if (message.role == "system") {
            rows.push_back(rowOf(PromptRow::Kind::System, message, number));
        } else if (message.role == "assistant") {
            rows.push_back(rowOf(PromptRow::Kind::Answer, message, number));
        } else if (std::exchange(hadUser, true)) {
            rows.push_back(rowOf(PromptRow::Kind::Again, message, number));
        } else {
            for (std::size_t i = 0; i < parts.size(); ++i)
                rows.push_back(rowOf(parts[i], places[i]));
            // What a program was sent has no parts.
            if (parts.empty())
                rows.push_back(rowOf(PromptRow::Kind::Part, message, number));
        }
    }
    return rows;
}

std::string wholeText(const std::vector<ExchangeMessage>& messages)
{
    std::string text;
    for (const ExchangeMessage& message : messages)
        text += (text.empty() ? "" : "\n\n") + message.text;
    return text;
}

std::vector<PromptModel> promptModels(const std::vector<AgentTally>& run, const ModelCatalogue& catalogue,
                                      const std::function<bool(const ServerPreset&)>& canBeAsked)
{
    std::vector<PromptModel> models;
    for (const AgentTally& tally : run)
        if (!tally.model.empty() && tally.name == "llm")
            models.push_back({tally.key, tally.model, true});
    for (const ServerPreset& server : catalogue.servers()) {
        if (!canBeAsked(server))
            continue;
        for (const ModelPreset& model : catalogue.modelsOf(server.name)) {
            std::string agent = std::string(kModelAgent) + model.id + "@" + server.name;
            if (std::ranges::find(models, agent, &PromptModel::agent) == models.end())
                models.push_back({std::move(agent),
                                  (model.title.empty() ? model.id : model.title) + ", "
                                      + (server.title.empty() ? server.name : server.title)});
        }
    }
    return models;
}

}  // namespace warploom
