// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/ExchangeRecord.h"

namespace warploom {

void to_json(nlohmann::json& json, const ExchangePart& part)
{
    json = {{"name", part.name},
            {"tokens", part.tokens},
            {"included", part.included},
            {"left_out", part.leftOut},
            {"title", part.title}};
}

void from_json(const nlohmann::json& json, ExchangePart& part)
{
    part.name = json.value("name", "");
    part.tokens = json.value("tokens", std::int64_t{0});
    part.included = json.value("included", true);
    part.leftOut = json.value("left_out", "");
    part.title = json.value("title", "");
}

void to_json(nlohmann::json& json, const ExchangeMessage& message)
{
    json = {{"role", message.role}, {"text", message.text}};
}

void from_json(const nlohmann::json& json, ExchangeMessage& message)
{
    message.role = json.value("role", "");
    message.text = json.value("text", "");
}

nlohmann::json summaryOf(const ExchangeRecord& exchange)
{
    nlohmann::json json = {{"id", exchange.id},
                           {"run", exchange.run},
                           {"agent", exchange.agent},
                           {"model", exchange.model},
                           {"purpose", exchange.purpose},
                           {"parent", exchange.parent},
                           {"mode", exchange.mode},
                           {"parts", exchange.parts},
                           {"fault", exchange.fault},
                           {"explanation", exchange.explanation},
                           {"prompt_tokens", exchange.promptTokens},
                           {"cached_prompt_tokens", exchange.cachedPromptTokens},
                           {"answer_tokens", exchange.answerTokens},
                           {"estimated", exchange.estimated},
                           {"started", exchange.started},
                           {"seconds", exchange.seconds},
                           {"finished", exchange.finished},
                           {"error_code", exchange.errorCode},
                           {"error", exchange.error},
                           {"variants", exchange.variants}};
    if (exchange.costMicroDollars)
        json["cost_microdollars"] = *exchange.costMicroDollars;
    return json;
}

void to_json(nlohmann::json& json, const ExchangeRecord& exchange)
{
    json = summaryOf(exchange);
    json["messages"] = exchange.messages;
    json["answer"] = exchange.answer;
}

void from_json(const nlohmann::json& json, ExchangeRecord& exchange)
{
    exchange.id = json.value("id", ExchangeId{0});
    exchange.run = json.value("run", RunId{0});
    exchange.agent = json.value("agent", "");
    exchange.model = json.value("model", "");
    exchange.purpose = json.value("purpose", "propose");
    exchange.parent = json.value("parent", VariantId{0});
    exchange.mode = json.value("mode", "");
    exchange.parts = json.value("parts", std::vector<ExchangePart>{});
    exchange.messages = json.value("messages", std::vector<ExchangeMessage>{});
    exchange.answer = json.value("answer", "");
    exchange.fault = json.value("fault", "");
    exchange.explanation = json.value("explanation", "");
    exchange.promptTokens = json.value("prompt_tokens", std::int64_t{0});
    exchange.cachedPromptTokens = json.value("cached_prompt_tokens", std::int64_t{0});
    exchange.answerTokens = json.value("answer_tokens", std::int64_t{0});
    if (const auto cost = json.find("cost_microdollars"); cost != json.end())
        exchange.costMicroDollars = cost->get<std::int64_t>();
    exchange.estimated = json.value("estimated", false);
    exchange.started = json.value("started", UnixMilliseconds{0});
    exchange.seconds = json.value("seconds", 0.0);
    exchange.finished = json.value("finished", false);
    exchange.errorCode = json.value("error_code", "");
    exchange.error = json.value("error", "");
    exchange.variants = json.value("variants", std::vector<VariantId>{});
}

}  // namespace warploom
