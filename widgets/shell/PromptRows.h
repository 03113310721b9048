// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/llm/ModelCatalogue.h"
#include "engine/AgentTally.h"
#include "protocol/AgentRequest.h"

namespace warploom {

/// A line of the list beside a request's text. Knows nothing of the window.
struct PromptRow {
    enum class Kind {
        System,  ///< the message that says what the model is to do
        Part,  ///< of the user's message
        Answer,  ///< an earlier answer, sent back
        Again,  ///< what was asked about it
    };
    enum class State { Sent, Shortened, LeftOut };

    Kind kind = Kind::Part;
    std::string title;  ///< of a part
    std::int64_t tokens = 0;  ///< estimated
    State state = State::Sent;
    std::string why;  ///< where not all of it is sent
    std::optional<PartPlace> place;  ///< nothing for what is not in the text
};

/// In the order of the text; what was left out stands where it would have.
std::vector<PromptRow> promptRows(const std::vector<ExchangePart>& parts, const std::vector<ExchangeMessage>& messages);

/// The messages one after the other, with nothing added but an empty line in between.
std::string wholeText(const std::vector<ExchangeMessage>& messages);

/// A model that can be asked.
struct PromptModel {
    std::string agent;  ///< as a run's settings name it
    std::string title;
    bool isOfRun = false;

    friend bool operator==(const PromptModel&, const PromptModel&) = default;
};

/// The run's models first, then those of the catalogue whose server can be asked, each once.
std::vector<PromptModel> promptModels(const std::vector<AgentTally>& run, const ModelCatalogue& catalogue,
                                      const std::function<bool(const ServerPreset&)>& canBeAsked);

}  // namespace warploom
