// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/CatalogueModels.h"

#include <algorithm>

#include <fmt/format.h>

#include "agent/llm/ModelServer.h"
#include "base/Log.h"

namespace warploom {

namespace {

/// Of a model's context what its question may take, the rest is for the answer.
constexpr double kShareOfPrompt = 0.6;

/// Empty for a server that goes without.
Result<Secret> keyFor(const ServerPreset& server, const std::shared_ptr<const KeySource>& keys)
{
    auto key = keys ? keys->keyOf(server)
                    : Result<Secret>(fail(ErrorCode::NotFound, fmt::format("nobody has a key of {}", server.title)));
    if (key || server.needsKey || !key.error().isNotFound())
        return key;
    return Secret();
}

Result<std::string> firstModelOf(ModelServer& server, const ServerPreset& preset)
{
    WARPLOOM_TRY(const auto models, server.models({}));
    if (models.empty())
        return fail(ErrorCode::NotFound, fmt::format("{} has no model", preset.title));
    return models.front();
}

}  // namespace

QuestionSize questionSizeOf(const ModelPreset& model)
{
    const StandardAgentFactory::ModelAccess usual;
    QuestionSize size{usual.promptTokens, usual.answerTokens};
    if (model.answerTokens)
        size.answerTokens = std::min(size.answerTokens, *model.answerTokens);
    if (!model.contextTokens)
        return size;
    const auto prompt = static_cast<std::int64_t>(kShareOfPrompt * static_cast<double>(*model.contextTokens));
    size.promptTokens = std::min(size.promptTokens, prompt);
    size.answerTokens = std::min(size.answerTokens, *model.contextTokens - prompt);
    return size;
}

std::function<Result<StandardAgentFactory::ModelAccess>(const std::string& reference)>
modelsOfCatalogue(ModelCatalogue catalogue, std::shared_ptr<const KeySource> keys)
{
    const auto http = std::make_shared<HttpClient>();
    return [catalogue = std::move(catalogue), keys = std::move(keys),
            http](const std::string& reference) -> Result<StandardAgentFactory::ModelAccess> {
        WARPLOOM_TRY(const ModelChoice choice, catalogue.resolve(reference));
        if (!choice.note.empty())
            spdlog::warn("{}: {}", reference, choice.note);
        WARPLOOM_TRY(const Secret key, keyFor(choice.server, keys));
        const auto server = std::make_shared<ModelServer>(
            serverSettings(choice.server), [key]() -> Result<Secret> { return key; }, http);
        StandardAgentFactory::ModelAccess access;
        access.model = choice.model.id;
        if (access.model.empty()) {
            WARPLOOM_TRY(access.model, firstModelOf(*server, choice.server));
        }
        access.service = server;
        access.price = choice.price();
        access.secrets.push_back(key);
        for (const auto& [name, value] : choice.server.headers)
            access.secrets.emplace_back(std::string(value));
        const QuestionSize size = questionSizeOf(choice.model);
        access.promptTokens = size.promptTokens;
        access.answerTokens = size.answerTokens;
        return access;
    };
}

}  // namespace warploom
