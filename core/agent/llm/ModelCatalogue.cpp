// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/ModelCatalogue.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/llm/CatalogueReader.h"
#include "agent/llm/EmbeddedModels.h"
#include "base/ClosestName.h"
#include "base/Files.h"

namespace warploom {

namespace {

constexpr std::string_view kScheme = "llm:";
constexpr const char* kReferenceForm = "llm:MODEL@SERVER, llm:MODEL or llm:@SERVER";

tl::unexpected<Error> failUnknown(const char* what, const std::string& name, const std::vector<std::string>& known)
{
    const auto closest = closestName(name, known);
    return fail(Error{ErrorCode::NotFound,
                      closest ? fmt::format("no {} is called \"{}\"; did you mean \"{}\"?", what, name, *closest)
                              : fmt::format("no {} is called \"{}\"", what, name),
                      {},
                      fmt::format("one of {}", fmt::join(known, ", ")),
                      fmt::format("\"{}\"", name)});
}

}  // namespace

ModelPrice ModelChoice::price() const
{
    if (!server.isLocal || model.price.isKnown())
        return model.price;
    return {MicroDollars{0}, MicroDollars{0}, MicroDollars{0}, {}, "runs on a machine of your own"};
}

ModelCatalogue ModelCatalogue::builtIn()
{
    ModelCatalogue catalogue;
    CatalogueReader(catalogue.m_servers, catalogue.m_models, catalogue.m_problems)
        .read(embeddedModels(), "models.toml", "built in");
    return catalogue;
}

ModelCatalogue ModelCatalogue::load(const std::filesystem::path& file)
{
    ModelCatalogue catalogue = builtIn();
    const auto text = readTextFile(file);
    if (text)
        catalogue.add(*text, file.string());
    else if (!text.error().isNotFound())
        catalogue.m_problems.push_back(text.error());
    return catalogue;
}

std::filesystem::path ModelCatalogue::ownFile() { return configFolder() / "models.toml"; }

void ModelCatalogue::add(std::string_view toml, const std::string& file)
{
    CatalogueReader(m_servers, m_models, m_problems).read(toml, file, file);
}

const ServerPreset* ModelCatalogue::findServer(std::string_view name) const
{
    const auto found = std::find_if(m_servers.begin(), m_servers.end(),
                                    [&](const ServerPreset& server) { return server.name == name; });
    return found != m_servers.end() ? &*found : nullptr;
}

const ModelPreset* ModelCatalogue::findModel(std::string_view server, std::string_view id) const
{
    const auto found = std::find_if(m_models.begin(), m_models.end(),
                                    [&](const ModelPreset& model) { return model.server == server && model.id == id; });
    return found != m_models.end() ? &*found : nullptr;
}

std::vector<ModelPreset> ModelCatalogue::modelsOf(std::string_view server) const
{
    std::vector<ModelPreset> models;
    std::copy_if(m_models.begin(), m_models.end(), std::back_inserter(models),
                 [&](const ModelPreset& model) { return model.server == server; });
    return models;
}

std::vector<std::string> ModelCatalogue::serverNames() const
{
    std::vector<std::string> names;
    for (const ServerPreset& server : m_servers)
        names.push_back(server.name);
    return names;
}

std::vector<std::string> ModelCatalogue::modelIds() const
{
    std::vector<std::string> ids;
    for (const ModelPreset& model : m_models)
        if (std::find(ids.begin(), ids.end(), model.id) == ids.end())
            ids.push_back(model.id);
    return ids;
}

ModelChoice ModelCatalogue::unlisted(const ServerPreset& server, const std::string& model) const
{
    ModelChoice choice{server, {}, {}};
    choice.model.server = server.name;
    choice.model.id = model;
    choice.model.title = model;
    if (server.isLocal || model.empty())
        return choice;
    std::vector<std::string> listed;
    for (const ModelPreset& other : modelsOf(server.name))
        listed.push_back(other.id);
    const auto closest = closestName(model, listed);
    choice.note = fmt::format("{} is not listed for {}, so its price is unknown{}", model, server.name,
                              closest ? fmt::format("; {} is", *closest) : "");
    return choice;
}

Result<ModelChoice> ModelCatalogue::resolveOn(const std::string& model, const std::string& server) const
{
    const ServerPreset* preset = findServer(server);
    if (preset == nullptr)
        return failUnknown("model server", server, serverNames());
    if (model.empty()) {
        const auto listed = modelsOf(server);
        return listed.empty() ? unlisted(*preset, {}) : ModelChoice{*preset, listed.front(), {}};
    }
    const ModelPreset* known = findModel(server, model);
    return known != nullptr ? ModelChoice{*preset, *known, {}} : unlisted(*preset, model);
}

Result<ModelChoice> ModelCatalogue::resolveAnywhere(const std::string& model) const
{
    std::vector<std::string> references;
    const ModelPreset* found = nullptr;
    for (const ModelPreset& candidate : m_models) {
        if (candidate.id == model) {
            found = &candidate;
            references.push_back(fmt::format("llm:{}@{}", model, candidate.server));
        }
    }
    if (found == nullptr)
        return failUnknown("model", model, modelIds());
    if (references.size() > 1)
        return fail(Error{ErrorCode::InvalidArgument,
                          fmt::format("several servers have {}", model),
                          {},
                          fmt::format("one of {}", fmt::join(references, ", ")),
                          fmt::format("\"{}{}\"", kScheme, model)});
    return resolveOn(model, found->server);
}

Result<ModelChoice> ModelCatalogue::resolve(std::string_view reference) const
{
    std::string_view text = reference;
    if (text.starts_with(kScheme))
        text.remove_prefix(kScheme.size());
    if (text.empty() || text == "@")
        return fail(Error{ErrorCode::InvalidArgument,
                          "a model has to be named",
                          {},
                          kReferenceForm,
                          fmt::format("\"{}\"", reference)});
    // Models of some servers have an @ in their names.
    const std::size_t at = text.rfind('@');
    const std::vector<std::string> ids = modelIds();
    if (at == std::string_view::npos || std::find(ids.begin(), ids.end(), text) != ids.end())
        return resolveAnywhere(std::string(text));
    return resolveOn(std::string(text.substr(0, at)), std::string(text.substr(at + 1)));
}

}  // namespace warploom
