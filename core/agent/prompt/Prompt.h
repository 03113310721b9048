// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "agent/Agent.h"
#include "agent/knowledge/KnowledgeBase.h"

namespace warploom {

/// One part of what an agent is told.
struct PromptPart {
    std::string name;  ///< "task", "parent", "diagnosis", "failures" …; stable, windows show it
    std::string title;  ///< heading in the text
    std::string text;
    std::int64_t tokens = 0;  ///< estimated, heading included
    bool included = true;
    std::string leftOut;  ///< why not, or what of it was cut for space; empty otherwise
};

/// What is sent: the exact text, and what was left out for space.
struct Prompt {
    std::string system;
    std::vector<PromptPart> parts;  ///< in the order of the text
    std::int64_t tokens = 0;  ///< estimated, of everything included

    /// The user's message: headings and texts of what is included.
    [[nodiscard]] std::string user() const;
};

struct PromptBudget {
    std::int64_t tokens = 24000;  ///< of system and user message together
};

/// Tokens that a model will count in this text, within some 20 % for code and English.
std::int64_t estimateTokens(std::string_view text);

/// Composes what an agent is told of the context. Task, constraints and the parent's source are always there; of the
/// rest what matters least is cut or left out until it fits. The memory mode decides what is told of relatives.
/// \p knowledge may be null.
Prompt composePrompt(const AgentContext& context, const PromptBudget& budget, const KnowledgeBase* knowledge);

/// The source that an agent is asked to change, and that search blocks of its answer are looked for in: of the attempt
/// that is to be mended where there is one, the task's baseline at a fresh start, else the parent's.
const std::string& sourceToChange(const AgentContext& context);

/// The same as a value for programs: what docs/formats.md describes for command agents.
nlohmann::json contextJson(const AgentContext& context, const KnowledgeBase* knowledge);

}  // namespace warploom
