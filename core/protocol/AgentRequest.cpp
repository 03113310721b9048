// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/AgentRequest.h"

#include <algorithm>

namespace warploom {

namespace {

void put(nlohmann::json& json, const char* key, const std::optional<std::int64_t>& value)
{
    if (value)
        json[key] = *value;
}

std::optional<std::int64_t> optionalAt(const nlohmann::json& json, const char* key)
{
    const auto found = json.find(key);
    return found == json.end() || found->is_null() ? std::nullopt : std::optional(found->get<std::int64_t>());
}

/// From \p from on, at the beginning of a line.
std::size_t findHeading(const std::string& text, const std::string& heading, std::size_t from)
{
    for (std::size_t at = text.find(heading, from); at != std::string::npos; at = text.find(heading, at + 1))
        if (at == 0 || text[at - 1] == '\n')
            return at;
    return std::string::npos;
}

}  // namespace

void to_json(nlohmann::json& json, const AskOrder& order)
{
    json = {{"agent", order.agent}, {"variant", order.variant}, {"partner", order.partner},
            {"mode", order.mode},   {"task", order.task},       {"device", order.device}};
}

void from_json(const nlohmann::json& json, AskOrder& order)
{
    const AskOrder fallback;
    order.agent = json.value("agent", "");
    order.variant = json.value("variant", VariantId{0});
    order.partner = json.value("partner", VariantId{0});
    order.mode = json.value("mode", fallback.mode);
    order.task = json.value("task", "");
    order.device = json.value("device", fallback.device);
}

bool AgentRequest::exceedsBudget() const
{
    return (tokensLeft && promptTokens + mostAnswerTokens > *tokensLeft)
        || (microDollarsLeft && mostMicroDollars.value_or(*microDollarsLeft + 1) > *microDollarsLeft);
}

void to_json(nlohmann::json& json, const AgentRequest& request)
{
    json = {{"agent", request.agent},
            {"model", request.model},
            {"purpose", request.purpose},
            {"parent", request.parent},
            {"partner", request.partner},
            {"mode", request.mode},
            {"parts", request.parts},
            {"messages", request.messages},
            {"prompt_tokens", request.promptTokens},
            {"most_answer_tokens", request.mostAnswerTokens}};
    put(json, "prompt_microdollars", request.promptMicroDollars);
    put(json, "most_microdollars", request.mostMicroDollars);
    put(json, "tokens_left", request.tokensLeft);
    put(json, "microdollars_left", request.microDollarsLeft);
}

void from_json(const nlohmann::json& json, AgentRequest& request)
{
    request = {};
    request.agent = json.value("agent", "");
    request.model = json.value("model", "");
    request.purpose = json.value("purpose", request.purpose);
    request.parent = json.value("parent", VariantId{0});
    request.partner = json.value("partner", VariantId{0});
    request.mode = json.value("mode", "");
    request.parts = json.value("parts", std::vector<ExchangePart>{});
    request.messages = json.value("messages", std::vector<ExchangeMessage>{});
    request.promptTokens = json.value("prompt_tokens", std::int64_t{0});
    request.mostAnswerTokens = json.value("most_answer_tokens", std::int64_t{0});
    request.promptMicroDollars = optionalAt(json, "prompt_microdollars");
    request.mostMicroDollars = optionalAt(json, "most_microdollars");
    request.tokensLeft = optionalAt(json, "tokens_left");
    request.microDollarsLeft = optionalAt(json, "microdollars_left");
}

std::vector<std::optional<PartPlace>> partPlaces(const std::vector<ExchangePart>& parts,
                                                 const std::vector<ExchangeMessage>& messages)
{
    std::vector<std::optional<PartPlace>> places(parts.size());
    // Later messages of the user are questions about an answer, without parts.
    const auto message = std::ranges::find(messages, "user", &ExchangeMessage::role);
    if (message == messages.end())
        return places;
    const auto number = static_cast<std::size_t>(message - messages.begin());
    std::size_t from = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (!parts[i].included || parts[i].title.empty())
            continue;
        // Parts stand in their order: what a part quotes cannot be taken for an earlier one's heading.
        const std::size_t at = findHeading(message->text, "# " + parts[i].title + "\n\n", from);
        if (at == std::string::npos)
            continue;
        places[i] = PartPlace{number, at};
        from = at + 1;
    }
    return places;
}

}  // namespace warploom
