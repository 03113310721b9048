// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "agent/llm/KeySource.h"
#include "agent/llm/ModelCatalogue.h"
#include "engine/AgentFactory.h"

namespace warploom {

/// The most that one request to a model sends and asks for.
struct QuestionSize {
    std::int64_t promptTokens = 0;
    std::int64_t answerTokens = 0;
};

/// Of the model's context and longest answer what fits; the usual sizes where they are not known.
QuestionSize questionSizeOf(const ModelPreset& model);

/// Models of the servers in \p catalogue, asked over HTTP. \p keys may be null: then only servers are asked that want
/// none. A model that is not named is the first that its server says it has, which takes a request.
std::function<Result<StandardAgentFactory::ModelAccess>(const std::string& reference)>
modelsOfCatalogue(ModelCatalogue catalogue, std::shared_ptr<const KeySource> keys);

}  // namespace warploom
