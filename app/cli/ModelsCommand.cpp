// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "Commands.h"
#include "Keys.h"
#include "Terminal.h"
#include "agent/llm/LocalServers.h"
#include "agent/llm/ModelCatalogue.h"
#include "agent/llm/PageFetch.h"

namespace warploom {

namespace {

constexpr std::size_t kNameWidth = 26;

std::string amountText(const std::optional<MicroDollars>& amount) { return amount ? moneyText(*amount) : "unknown"; }

std::string priceText(const ModelPrice& price)
{
    if (price.isFree())
        return "costs nothing";
    if (!price.prompt && !price.answer)
        return "price unknown";
    std::string text = fmt::format("{} in, {} out", amountText(price.prompt), amountText(price.answer));
    if (price.cached)
        text += fmt::format(", {} cached", moneyText(*price.cached));
    return text + (price.date.empty() ? ", undated" : fmt::format(", as of {}", price.date));
}

std::string keyText(const ServerPreset& server, const KeySource& keys)
{
    const auto key = keys.keyOf(server);
    if (key)
        return fmt::format("key there: {}", keys.describe(server));
    if (!key.error().isNotFound())
        return key.error().toString();
    return server.needsKey ? fmt::format("no key: looked in {}", keys.describe(server)) : "needs no key";
}

void printModel(const ModelPreset& model, const ModelPrice& price)
{
    fmt::print("  {:<{}} {}{}\n", model.id, kNameWidth, priceText(price),
               model.contextTokens ? fmt::format(", context {}", *model.contextTokens) : "");
}

void printServer(const ModelCatalogue& catalogue, const ServerPreset& server, const KeySource& keys)
{
    fmt::print("{:<11} {}, {}\n            {}\n", server.name, server.title, server.url, keyText(server, keys));
    for (const ModelPreset& model : catalogue.modelsOf(server.name))
        printModel(model, ModelChoice{server, model, {}}.price());
}

void printSearch(const LocalSearch& search)
{
    fmt::print("\nLooked at the ports {}.\n", fmt::join(search.tried, ", "));
    for (const FoundServer& found : search.found) {
        fmt::print("found {} at {}\n", found.server.title, found.server.url);
        for (const std::string& model : found.models)
            fmt::print("  llm:{}@{}\n", model, found.server.name);
        if (found.models.empty())
            fmt::print("  it has no model loaded\n");
    }
    for (const RefusedPort& refused : search.refused)
        fmt::print("port {}: {}\n", refused.port, refused.why.toString());
    if (search.found.empty())
        fmt::print("No model server answers there.\n");
}

nlohmann::json microsJson(const std::optional<MicroDollars>& amount)
{
    return amount ? nlohmann::json(amount->value) : nlohmann::json();
}

nlohmann::json modelJson(const ModelPreset& model, const ModelPrice& price)
{
    nlohmann::json json = {{"id", model.id},
                           {"title", model.title},
                           {"context", model.contextTokens ? nlohmann::json(*model.contextTokens) : nlohmann::json()},
                           {"answer", model.answerTokens ? nlohmann::json(*model.answerTokens) : nlohmann::json()},
                           {"origin", model.origin}};
    json["price"] = {{"prompt_micros", microsJson(price.prompt)},
                     {"cached_micros", microsJson(price.cached)},
                     {"answer_micros", microsJson(price.answer)},
                     {"date", price.date},
                     {"source", price.source}};
    return json;
}

nlohmann::json serverJson(const ModelCatalogue& catalogue, const ServerPreset& server, const KeySource& keys)
{
    const auto key = keys.keyOf(server);
    nlohmann::json json = {{"name", server.name},        {"title", server.title},
                           {"dialect", server.dialect},  {"url", server.url},
                           {"local", server.isLocal},    {"needs_key", server.needsKey},
                           {"has_key", key.has_value()}, {"key_from", keys.describe(server)},
                           {"origin", server.origin},    {"models", nlohmann::json::array()}};
    if (!key && !key.error().isNotFound())
        json["key_problem"] = key.error().toString();
    for (const ModelPreset& model : catalogue.modelsOf(server.name))
        json["models"].push_back(modelJson(model, ModelChoice{server, model, {}}.price()));
    return json;
}

nlohmann::json searchJson(const LocalSearch& search)
{
    nlohmann::json json = {
        {"tried", search.tried}, {"found", nlohmann::json::array()}, {"refused", nlohmann::json::array()}};
    for (const FoundServer& found : search.found)
        json["found"].push_back({{"server", found.server.name}, {"url", found.server.url}, {"models", found.models}});
    for (const RefusedPort& refused : search.refused)
        json["refused"].push_back({{"port", refused.port}, {"why", refused.why.toString()}});
    return json;
}

int printAllInJson(const ModelCatalogue& catalogue, const KeySource& keys, const std::optional<LocalSearch>& search)
{
    nlohmann::json json = {{"servers", nlohmann::json::array()},
                           {"problems", nlohmann::json::array()},
                           {"file", ModelCatalogue::ownFile().string()}};
    for (const ServerPreset& server : catalogue.servers())
        json["servers"].push_back(serverJson(catalogue, server, keys));
    for (const Error& problem : catalogue.problems())
        json["problems"].push_back(problem.toString());
    if (search)
        json["search"] = searchJson(*search);
    return printJson(json, catalogue.problems().empty() ? kFine : kUsage);
}

}  // namespace

int runModels(const ModelsOptions& options, const Interrupt& interrupt)
{
    const auto keys = keysFrom(options.keyFd);
    if (!keys)
        return complain(keys.error());
    const ModelCatalogue catalogue = ModelCatalogue::load();
    std::optional<LocalSearch> search;
    if (options.find)
        search = findLocalServers(catalogue, localPageFetch(std::make_shared<HttpClient>()), interrupt.token());
    if (options.json)
        return printAllInJson(catalogue, **keys, search);
    for (const ServerPreset& server : catalogue.servers())
        printServer(catalogue, server, **keys);
    fmt::print("\nUS dollars a million tokens. Servers, models and prices of your own: {}\n",
               ModelCatalogue::ownFile().string());
    if (search)
        printSearch(*search);
    int code = kFine;
    for (const Error& problem : catalogue.problems())
        code = complain(problem);
    return code;
}

}  // namespace warploom
