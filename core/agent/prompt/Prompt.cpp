// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/prompt/Prompt.h"

#include "agent/prompt/PromptParts.h"

namespace warploom {

const std::string& sourceToChange(const AgentContext& context)
{
    if (context.repair)
        return context.repair->variant.source;
    const bool startsAnew = context.mode == MemoryMode::FreshStart && !context.task->baselineSource.empty();
    return startsAnew ? context.task->baselineSource : context.parent.source;
}

Prompt composePrompt(const AgentContext& context, const PromptBudget& budget, const KnowledgeBase* knowledge)
{
    std::vector<PromptSection> sections;
    for (const auto part :
         {requestPart, guidancePart, taskPart, devicePart, sourcePart, repairPart, resultPart, diagnosisPart, heatPart,
          compilerPart, countersPart, partnerPart, siblingsPart, failuresPart, relativesPart, lineagePart, triedPart})
        sections.push_back(part(context));
    sections.push_back(knowledgePart(pagesFor(context, knowledge)));
    return fitted(std::string(agentSystemText()), std::move(sections), budget);
}

}  // namespace warploom
