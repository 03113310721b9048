// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/CatalogueReader.h"

#include <algorithm>

#include <fmt/format.h>

#include "agent/llm/PresetReader.h"
#include "base/ClosestName.h"

namespace warploom {

namespace {

constexpr std::int64_t kCatalogueFormat = 1;

/// Replaces the entry that is the same one, puts a new one at the end, or takes a hidden one away.
template <typename Preset, typename Same>
void putEntry(std::vector<Preset>& entries, Preset entry, bool hidden, Same isSame)
{
    const auto known = std::find_if(entries.begin(), entries.end(), isSame);
    if (hidden) {
        if (known != entries.end())
            entries.erase(known);
    } else if (known != entries.end()) {
        *known = std::move(entry);
    } else {
        entries.push_back(std::move(entry));
    }
}

Result<> takeServer(const TomlTable& table, std::vector<ServerPreset>& servers, const std::string& origin)
{
    WARPLOOM_TRY(const std::string name, table.text("name"));
    if (name.empty() || name.find_first_of("@:= \t\n") != std::string::npos)
        return table.failAt("name", "no name for a server", "a word without @, :, = and blanks",
                            fmt::format("\"{}\"", name));
    const auto isSame = [&](const ServerPreset& other) { return other.name == name; };
    const auto known = std::find_if(servers.begin(), servers.end(), isSame);
    ServerPreset server = known != servers.end() ? *known : ServerPreset{};
    server.name = name;
    server.origin = origin;
    bool hidden = false;
    WARPLOOM_CHECK(presets::readFlag(table, "hidden", hidden));
    if (!hidden || known == servers.end()) {
        WARPLOOM_CHECK(presets::readServer(table, server));
    }
    putEntry(servers, std::move(server), hidden, isSame);
    return {};
}

Result<> takeModel(const TomlTable& table, const std::vector<ServerPreset>& servers, std::vector<ModelPreset>& models,
                   const std::string& origin)
{
    WARPLOOM_TRY(const std::string server, table.text("server"));
    WARPLOOM_TRY(const std::string id, table.text("id"));
    std::vector<std::string> names;
    for (const ServerPreset& known : servers)
        names.push_back(known.name);
    if (id.empty())
        return table.failAt("id", "a model needs its name", "a text", "\"\"");
    if (std::find(names.begin(), names.end(), server) == names.end()) {
        const auto closest = closestName(server, names);
        return table.failAt("server", fmt::format("no server is called \"{}\"", server),
                            closest ? fmt::format("\"{}\"", *closest) : "the name of a [[server]]",
                            fmt::format("\"{}\"", server));
    }
    const auto isSame = [&](const ModelPreset& other) { return other.server == server && other.id == id; };
    const auto known = std::find_if(models.begin(), models.end(), isSame);
    ModelPreset model = known != models.end() ? *known : ModelPreset{};
    model.server = server;
    model.id = id;
    model.origin = origin;
    bool hidden = false;
    WARPLOOM_CHECK(presets::readFlag(table, "hidden", hidden));
    WARPLOOM_CHECK(presets::readModel(table, model, origin));
    putEntry(models, std::move(model), hidden, isSame);
    return {};
}

}  // namespace

CatalogueReader::CatalogueReader(std::vector<ServerPreset>& servers, std::vector<ModelPreset>& models,
                                 std::vector<Error>& problems)
    : m_servers(servers)
    , m_models(models)
    , m_problems(problems)
{
}

void CatalogueReader::read(std::string_view text, const std::string& file, const std::string& origin)
{
    const auto note = [this](const auto& result) {
        if (!result)
            m_problems.push_back(result.error());
        return result.has_value();
    };
    const auto parsed = parseToml(text, file);
    if (!note(parsed))
        return;
    const TomlTable root(*parsed, file, "the file");
    const auto format = root.integer("format");
    if (!note(format))
        return;
    if (*format != kCatalogueFormat) {
        note(Result<>(
            root.failAt("format", "another format", fmt::format("{}", kCatalogueFormat), fmt::format("{}", *format))));
        return;
    }
    note(root.allowOnly({"format", "server", "model"}));
    const auto servers = root.tables("server");
    if (note(servers))
        for (const TomlTable& table : *servers)
            note(takeServer(table, m_servers, origin));
    const auto models = root.tables("model");
    if (note(models))
        for (const TomlTable& table : *models)
            note(takeModel(table, m_servers, m_models, origin));
    std::erase_if(m_models, [this](const ModelPreset& model) {
        return std::none_of(m_servers.begin(), m_servers.end(),
                            [&](const ServerPreset& server) { return server.name == model.server; });
    });
}

}  // namespace warploom
