// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/AgentFactory.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "agent/RulesAgent.h"
#include "agent/llm/LlmAgent.h"
#include "agent/llm/ReplayService.h"

namespace warploom {

namespace {

constexpr std::string_view kModel = "llm:";
constexpr std::string_view kProgram = "command:";
constexpr std::string_view kReplay = "replay:";

Error unknownAgent(const std::string& name)
{
    return Error{ErrorCode::InvalidArgument,
                 "there is no such agent",
                 {},
                 "rules, llm:MODEL@SERVER, command:PROGRAM or replay:WORKSPACE",
                 fmt::format("'{}'", name)};
}

std::int64_t microDollarsOf(double dollars)
{
    constexpr double kMost = 9e12;
    return static_cast<std::int64_t>(std::llround(std::clamp(dollars * 1e6, 0.0, kMost)));
}

}  // namespace

Result<RunAgents> StandardAgentFactory::make(const RunSettings& settings, const UsedBudget& used)
{
    if (!std::isfinite(settings.llmBudgetUsd) || settings.llmBudgetUsd < 0 || settings.llmBudgetTokens < 0)
        return fail(ErrorCode::InvalidArgument, "a budget is an amount from 0 on, where 0 means no limit");
    const LlmBudget::Limits limits{settings.llmBudgetTokens, microDollarsOf(settings.llmBudgetUsd)};
    const auto budget = std::make_shared<LlmBudget>(limits);
    budget->add(used.tokens, used.microDollars);
    RunAgents made;
    for (const std::string& name : settings.agents) {
        if (std::ranges::count(settings.agents, name) > 1)
            return fail(ErrorCode::InvalidArgument, fmt::format("the agent {} is named more than once", name));
        WARPLOOM_CHECK(add(made, name, budget, limits.microDollars > 0));
    }
    return made;
}

Result<> StandardAgentFactory::add(RunAgents& made, const std::string& name, const std::shared_ptr<LlmBudget>& budget,
                                   bool hasMoneyLimit) const
{
    if (name == "rules") {
        made.agents.push_back(std::make_unique<RulesAgent>());
        return {};
    }
    if (name.starts_with(kModel))
        return addModel(made, name.substr(kModel.size()), budget, hasMoneyLimit);
    if (name.starts_with(kReplay))
        return addReplay(made, name.substr(kReplay.size()));
    if (!name.starts_with(kProgram))
        return fail(unknownAgent(name));
    if (!m_sources.programs)
        return fail(ErrorCode::Unsupported, "this host does not ask programs");
    WARPLOOM_TRY(auto agent, m_sources.programs(name.substr(kProgram.size())));
    made.agents.push_back(std::move(agent));
    return {};
}

Result<> StandardAgentFactory::addModel(RunAgents& made, const std::string& reference,
                                        const std::shared_ptr<LlmBudget>& budget, bool hasMoneyLimit) const
{
    if (!m_sources.models)
        return fail(ErrorCode::Unsupported, "this host does not ask models");
    WARPLOOM_TRY(ModelAccess access, m_sources.models(reference));
    if (hasMoneyLimit && !access.costOf)
        return fail(Error{ErrorCode::InvalidArgument,
                          fmt::format("a budget in dollars cannot be kept with {}", reference),
                          {},
                          "a model whose price is known, or a budget in tokens",
                          "no price"});
    made.redactor.add(access.key);
    addLlm(made, std::string(kModel) + reference, std::move(access), budget);
    return {};
}

/// Each model of the recording is an agent of its own, and costs nothing.
Result<> StandardAgentFactory::addReplay(RunAgents& made, const std::string& workspace) const
{
    WARPLOOM_TRY(const std::shared_ptr<ReplayService> service, ReplayService::open(workspace));
    for (const std::string& model : service->models()) {
        ModelAccess access;
        access.service = service;
        access.model = model;
        access.costOf = [](const ChatUsage&) { return std::optional<std::int64_t>(0); };
        addLlm(made, fmt::format("{}{}#{}", kReplay, workspace, model), std::move(access), nullptr);
    }
    return {};
}

void StandardAgentFactory::addLlm(RunAgents& made, std::string key, ModelAccess access,
                                  std::shared_ptr<LlmBudget> budget) const
{
    LlmSettings settings;
    settings.key = std::move(key);
    settings.model = std::move(access.model);
    settings.prompt.tokens = access.promptTokens;
    settings.mostAnswerTokens = access.answerTokens;
    settings.costOf = std::move(access.costOf);
    settings.budget = std::move(budget);
    settings.knowledge = m_sources.knowledge;
    made.agents.push_back(
        std::make_unique<LlmAgent>(std::move(access.service), std::move(settings), composePrompt, parseAnswer));
}

}  // namespace warploom
