// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/KeyHandover.h"

#include <fmt/format.h>

#include "agent/llm/KeySource.h"

namespace warploom {

namespace {

constexpr std::size_t kMostServers = 1000;
constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestKey = std::size_t{16} * 1024;

tl::unexpected<Error> noHandover(const char* what)
{
    return fail(ErrorCode::InvalidInput, fmt::format("keys that were handed over cannot be read: {}", what));
}

bool isServerName(const std::string& name) { return !name.empty() && name.size() <= kLongestName; }

Result<Secret> handedKey(const std::string& server, const nlohmann::json& json)
{
    const auto* text = json.get_ptr<const std::string*>();
    if (text == nullptr || text->size() > kLongestKey)
        return noHandover("a key is no text, or too long");
    std::string copy = *text;
    WARPLOOM_TRY(Secret key, keyFromText(copy, fmt::format("what was handed over for {}", server)));
    if (key.isEmpty())
        return noHandover("a key is empty");
    return key;
}

}  // namespace

nlohmann::json keyHandoverToJson(const KeyHandover& handover)
{
    nlohmann::json keys = nlohmann::json::object();
    for (const auto& [server, key] : handover.keys)
        keys[server] = std::string(key.reveal());
    return {{"keys", std::move(keys)}, {"forgotten", handover.forgotten}};
}

Result<KeyHandover> keyHandoverFromJson(const nlohmann::json& json)
{
    KeyHandover handover;
    const auto keys = json.find("keys");
    const auto forgotten = json.find("forgotten");
    if (!json.is_object() || keys == json.end() || !keys->is_object() || forgotten == json.end()
        || !forgotten->is_array())
        return noHandover("it wants an object \"keys\" and a list \"forgotten\"");
    if (keys->size() > kMostServers || forgotten->size() > kMostServers)
        return noHandover("they are of too many servers");
    for (const auto& [server, value] : keys->items()) {
        if (!isServerName(server))
            return noHandover("a server has no name, or too long a one");
        WARPLOOM_TRY(Secret key, handedKey(server, value));
        handover.keys.emplace(server, std::move(key));
    }
    for (const nlohmann::json& name : *forgotten) {
        const auto* text = name.get_ptr<const std::string*>();
        if (text == nullptr || !isServerName(*text))
            return noHandover("a server has no name, or too long a one");
        handover.forgotten.push_back(*text);
    }
    return handover;
}

}  // namespace warploom
