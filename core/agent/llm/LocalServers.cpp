// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/LocalServers.h"

#include <algorithm>
#include <map>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace warploom {

namespace {

constexpr std::size_t kMostModels = 1000;

struct ModelList {
    std::vector<std::string> ids;
    std::string owner;  ///< of the first that names one
};

Result<ModelList> readModelList(const FetchedPage& page)
{
    if (page.status == 401 || page.status == 403)
        return fail(ErrorCode::Unsupported, "a server that wants a key answers there");
    if (page.status < 200 || page.status > 299)
        return fail(
            Error{ErrorCode::ProtocolViolation, "no list of models", {}, "status 200", fmt::format("{}", page.status)});
    const auto json = nlohmann::json::parse(page.body, nullptr, false);
    if (!json.is_object() || !json.contains("data") || !(json["data"].is_array() || json["data"].is_null()))
        return fail(Error{ErrorCode::ProtocolViolation,
                          "no list of models",
                          {},
                          "an object with \"data\"",
                          page.body.empty() ? "nothing" : "something else"});
    ModelList list;
    for (const nlohmann::json& model : json["data"]) {
        if (!model.is_object() || !model.contains("id") || !model["id"].is_string() || list.ids.size() == kMostModels)
            continue;
        list.ids.push_back(model["id"].get<std::string>());
        if (const auto owner = model.find("owned_by"); list.owner.empty() && owner != model.end() && owner->is_string())
            list.owner = owner->get<std::string>();
    }
    return list;
}

/// Port → the server that is usually there; the first that the catalogue names.
std::map<int, const ServerPreset*> usualPorts(const ModelCatalogue& catalogue)
{
    std::map<int, const ServerPreset*> ports;
    for (const ServerPreset& server : catalogue.servers())
        for (const int port : server.ports)
            ports.emplace(port, &server);
    return ports;
}

ServerPreset presetAt(const ModelCatalogue& catalogue, const ServerPreset& usual, const std::string& owner,
                      const std::string& url)
{
    const auto& servers = catalogue.servers();
    const auto owning = std::find_if(servers.begin(), servers.end(), [&](const ServerPreset& server) {
        return server.isLocal && !owner.empty() && server.owner == owner;
    });
    ServerPreset preset = owning != servers.end() ? *owning : usual;
    preset.url = url;
    return preset;
}

}  // namespace

LocalSearch findLocalServers(const ModelCatalogue& catalogue, const HttpFetch& fetch, std::stop_token stop,
                             std::chrono::milliseconds deadline)
{
    const auto ports = usualPorts(catalogue);
    std::map<int, Result<FetchedPage>> answers;
    for (const auto& [port, server] : ports)
        answers.emplace(port, FetchedPage{});
    {
        std::vector<std::jthread> threads;
        for (auto& [port, answer] : answers)
            threads.emplace_back([&fetch, &answer, stop, deadline, number = port] {
                answer = fetch(fmt::format("http://127.0.0.1:{}/v1/models", number), deadline, stop);
            });
    }
    LocalSearch search;
    for (const auto& [port, answer] : answers) {
        search.tried.push_back(port);
        if (!answer)
            continue;
        const auto list = readModelList(*answer);
        if (!list) {
            search.refused.push_back({port, list.error()});
            continue;
        }
        search.found.push_back(
            {presetAt(catalogue, *ports.at(port), list->owner, fmt::format("http://127.0.0.1:{}/v1", port)),
             list->ids});
    }
    return search;
}

}  // namespace warploom
