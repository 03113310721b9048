// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "agent/prompt/PromptSection.h"

namespace warploom {

// Each makes one part of the prompt of a context; without items where there is nothing to tell. Ranks say what is left
// out first: see PromptSection.

PromptSection requestPart(const AgentContext& context);
PromptSection taskPart(const AgentContext& context);
PromptSection guidancePart(const AgentContext& context);
/// The source to change; at a fresh start only what its file must keep.
PromptSection sourcePart(const AgentContext& context);
PromptSection repairPart(const AgentContext& context);
PromptSection resultPart(const AgentContext& context);
PromptSection diagnosisPart(const AgentContext& context);
PromptSection partnerPart(const AgentContext& context);
PromptSection siblingsPart(const AgentContext& context);
PromptSection failuresPart(const AgentContext& context);
PromptSection heatPart(const AgentContext& context);
PromptSection compilerPart(const AgentContext& context);
PromptSection devicePart(const AgentContext& context);
PromptSection countersPart(const AgentContext& context);
PromptSection relativesPart(const AgentContext& context);
PromptSection lineagePart(const AgentContext& context);
/// Fresh start: moves of which enough has been seen.
PromptSection triedPart(const AgentContext& context);
PromptSection knowledgePart(const std::vector<const KnowledgePage*>& pages);

/// What to look for in the knowledge base.
KnowledgeQuery knowledgeQueryOf(const AgentContext& context);
/// The pages that fit the context best; none without a base.
std::vector<const KnowledgePage*> pagesFor(const AgentContext& context, const KnowledgeBase* knowledge);

/// Whether the agent is to start from the task alone: nothing of the parent is told then.
bool isFreshStart(const AgentContext& context);

/// The text about who it is, the rules, directives and the answer's form: resources/agent/system.md.
std::string_view agentSystemText();

}  // namespace warploom
