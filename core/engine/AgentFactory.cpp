// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/AgentFactory.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "agent/RulesAgent.h"
#include "agent/command/CommandAgent.h"
#include "agent/command/CommandRun.h"
#include "agent/example/ExampleAgent.h"
#include "agent/llm/LlmAgent.h"
#include "agent/llm/ReplayService.h"

namespace warploom {

namespace {

constexpr std::string_view kModel = "llm:";
constexpr std::string_view kProgram = "command:";
constexpr std::string_view kReplay = "replay:";
constexpr std::string_view kExample = "example";
constexpr std::string_view kPacedExample = "example:";

Error unknownAgent(const std::string& name)
{
    return Error{ErrorCode::InvalidArgument,
                 "there is no such agent",
                 {},
                 "rules, llm:MODEL@SERVER, command:PROGRAM, replay:WORKSPACE, example or example:BYTES_A_SECOND",
                 fmt::format("'{}'", name)};
}

/// Where a limit of 0 is none.
Result<BudgetLimits> limitsOf(const RunSettings& settings)
{
    BudgetLimits limits;
    const auto money = moneyFromDollars(settings.llmBudgetUsd);
    if (!money || settings.llmBudgetTokens < 0)
        return fail(ErrorCode::InvalidArgument, "a budget is an amount from 0 on, where 0 means no limit");
    if (money->value > 0)
        limits.money = money;
    if (settings.llmBudgetTokens > 0)
        limits.tokens = settings.llmBudgetTokens;
    return limits;
}

}  // namespace

Result<RunAgents> StandardAgentFactory::make(const RunSettings& settings, const ModelSpending& used)
{
    WARPLOOM_TRY(const BudgetLimits limits, limitsOf(settings));
    const auto budget = std::make_shared<Budget>(limits);
    budget->spend(used);
    RunAgents made;
    for (const std::string& name : settings.agents) {
        if (std::ranges::count(settings.agents, name) > 1)
            return fail(ErrorCode::InvalidArgument, fmt::format("the agent {} is named more than once", name));
        WARPLOOM_CHECK(add(made, name, budget));
    }
    made.invite = [sources = m_sources, budget](const std::string& name) -> Result<InvitedAgent> {
        RunAgents one;
        WARPLOOM_CHECK(StandardAgentFactory(sources).add(one, name, budget));
        if (one.agents.size() != 1)
            return fail(ErrorCode::InvalidArgument, fmt::format("{} is {} agents, not one", name, one.agents.size()));
        return InvitedAgent{std::move(one.agents.front()), std::move(one.redactor)};
    };
    return made;
}

Result<> StandardAgentFactory::add(RunAgents& made, const std::string& name,
                                   const std::shared_ptr<Budget>& budget) const
{
    if (name == "rules") {
        made.agents.push_back(std::make_unique<RulesAgent>());
        return {};
    }
    if (name.starts_with(kModel))
        return addModel(made, name.substr(kModel.size()), budget);
    if (name.starts_with(kReplay))
        return addReplay(made, name.substr(kReplay.size()));
    if (name.starts_with(kProgram))
        return addProgram(made, name);
    if (name == kExample || name.starts_with(kPacedExample))
        return addExample(made, name);
    return fail(unknownAgent(name));
}

Result<> StandardAgentFactory::addProgram(RunAgents& made, const std::string& name) const
{
    CommandSettings settings;
    WARPLOOM_TRY(settings.command, splitCommand(std::string_view(name).substr(kProgram.size())));
    settings.key = name;
    settings.knowledge = m_sources.knowledge;
    made.agents.push_back(std::make_unique<CommandAgent>(std::move(settings)));
    return {};
}

Result<> StandardAgentFactory::addExample(RunAgents& made, const std::string& name) const
{
    ExampleAgent::Settings settings;
    settings.key = name;
    WARPLOOM_TRY(settings.answers, builtInAnswers());
    if (name != kExample) {
        const std::string_view pace = std::string_view(name).substr(kPacedExample.size());
        const auto [end, failure] = std::from_chars(pace.data(), pace.data() + pace.size(), settings.pace.bytesASecond);
        if (failure != std::errc{} || end != pace.data() + pace.size() || settings.pace.bytesASecond < 0)
            return fail(unknownAgent(name));
    }
    settings.knowledge = m_sources.knowledge;
    made.agents.push_back(std::make_unique<ExampleAgent>(std::move(settings)));
    return {};
}

Result<> StandardAgentFactory::addModel(RunAgents& made, const std::string& reference,
                                        const std::shared_ptr<Budget>& budget) const
{
    if (!m_sources.models)
        return fail(ErrorCode::Unsupported, "this host does not ask models");
    WARPLOOM_TRY(ModelAccess access, m_sources.models(reference));
    if (budget->limits().money && !access.price.isKnown())
        return fail(Error{ErrorCode::InvalidArgument,
                          fmt::format("a budget in dollars cannot be kept with {}", reference),
                          {},
                          "a model whose price is known, or a budget in tokens",
                          "no price"});
    for (const Secret& secret : access.secrets)
        made.redactor.add(secret);
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
        access.price.prompt = access.price.answer = MicroDollars{0};
        addLlm(made, fmt::format("{}{}#{}", kReplay, workspace, model), std::move(access), nullptr);
    }
    return {};
}

void StandardAgentFactory::addLlm(RunAgents& made, std::string key, ModelAccess access,
                                  std::shared_ptr<Budget> budget) const
{
    LlmSettings settings;
    settings.key = std::move(key);
    settings.model = std::move(access.model);
    settings.prompt.tokens = access.promptTokens;
    settings.mostAnswerTokens = access.answerTokens;
    settings.price = std::move(access.price);
    settings.budget = std::move(budget);
    settings.knowledge = m_sources.knowledge;
    made.agents.push_back(
        std::make_unique<LlmAgent>(std::move(access.service), std::move(settings), composePrompt, parseAnswer));
}

}  // namespace warploom
