// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/AgentChoice.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <utility>

#include "agent/command/CommandRun.h"
#include "agent/llm/Cost.h"
#include "base/ProgramPath.h"
#include "engine/CatalogueModels.h"

namespace warploom {

namespace {

using WhyNot = ChoiceFault::Kind;

constexpr std::array<std::pair<std::string_view, AgentKind>, 3> kAgentPrefixes{{
    {"llm:", AgentKind::Model},
    {"command:", AgentKind::Program},
    {"replay:", AgentKind::Replay},
}};
constexpr int kMostParallel = 64;
constexpr int kMostRepairs = 16;
/// More agents than anybody means: settings of strangers stay readable.
constexpr std::size_t kMostAgents = 100;

template <typename T>
void takeNumber(const nlohmann::json& json, const char* name, T least, T most, T& value)
{
    const auto found = json.find(name);
    if (found == json.end() || !found->is_number() || (std::is_integral_v<T> && !found->is_number_integer()))
        return;
    // Through a double: integers beyond the type would wrap round.
    const auto number = found->get<double>();
    if (number >= static_cast<double>(least) && number <= static_cast<double>(most))
        value = found->get<T>();
}

void judgeModel(std::vector<ChoiceFault>& faults, const AgentChoice& choice, const std::string& agent,
                const ModelCatalogue& catalogue, const KeySource& keys)
{
    const auto model = catalogue.resolve(agent);
    if (!model) {
        faults.push_back({WhyNot::Unknown, agent, {}, model.error()});
        return;
    }
    const auto key = keys.keyOf(model->server);
    if (!key && !key.error().isNotFound())
        faults.push_back({WhyNot::UnfitKey, agent, model->server.title, key.error()});
    else if (!key && model->server.needsKey)
        faults.push_back({WhyNot::NoKey, agent, model->server.title, key.error()});
    if (choice.llmBudgetUsd > 0 && !model->price().isKnown())
        faults.push_back({WhyNot::PriceUnknown, agent, model->server.title, {}});
}

bool holdsSecret(const std::vector<std::string>& command)
{
    std::string_view before;
    for (const std::string_view argument : command) {
        const std::size_t equals = argument.find('=');
        const std::string_view name = equals == std::string_view::npos ? before : argument.substr(0, equals);
        const std::string_view value = equals == std::string_view::npos ? argument : argument.substr(equals + 1);
        // An option's name is a secret's only where a value follows.
        const bool isOption = argument.starts_with("-") && equals == std::string_view::npos;
        std::string plain(name);
        std::replace(plain.begin(), plain.end(), '-', '_');
        if (!isOption && looksLikeSecret(before.empty() && equals == std::string_view::npos ? "" : plain, value))
            return true;
        before = isOption ? argument : std::string_view();
    }
    return false;
}

void judgeProgram(std::vector<ChoiceFault>& faults, const std::string& agent)
{
    const auto command = splitCommand(agentTargetOf(agent));
    if (!command) {
        faults.push_back({WhyNot::NoProgram, agent, std::string(agentTargetOf(agent)), command.error()});
        return;
    }
    if (holdsSecret(*command))
        faults.push_back({WhyNot::KeyInCommand, agent, command->front(), {}});
    const auto program = resolveProgram(command->front());
    if (!program || !isExecutableFile(*program))
        faults.push_back({WhyNot::NoProgram, agent, command->front(), {}});
}

void judgeAgent(std::vector<ChoiceFault>& faults, const AgentChoice& choice, const std::string& agent,
                const ModelCatalogue& catalogue, const KeySource& keys)
{
    std::error_code ignored;
    switch (agentKindOf(agent)) {
    case AgentKind::Rules:
    case AgentKind::Example:
        break;
    case AgentKind::Model:
        judgeModel(faults, choice, agent, catalogue, keys);
        break;
    case AgentKind::Program:
        judgeProgram(faults, agent);
        break;
    case AgentKind::Replay:
        if (!std::filesystem::is_regular_file(std::string(agentTargetOf(agent)), ignored))
            faults.push_back({WhyNot::NoWorkspace, agent, std::string(agentTargetOf(agent)), {}});
        break;
    case AgentKind::Unknown:
        faults.push_back({WhyNot::Unknown, agent, agent, {}});
        break;
    }
}

/// The most that so many tokens may cost, whichever way they go.
std::optional<MicroDollars> dearestCost(std::int64_t tokens, const ModelPrice& price)
{
    const auto sent = mostCostOf(tokens, 0, price);
    const auto answered = mostCostOf(0, tokens, price);
    return sent && answered ? std::optional(std::max(*sent, *answered)) : std::nullopt;
}

void lookAtModel(SpendingOutlook& outlook, std::optional<MicroDollars>& byTokens, const std::string& agent,
                 const ModelCatalogue& catalogue)
{
    const auto model = catalogue.resolve(agent);
    const ModelPrice price = model ? model->price() : ModelPrice();
    const QuestionSize size = questionSizeOf(model ? model->model : ModelPreset());
    outlook.questionTokens = std::max(outlook.questionTokens, size.promptTokens + size.answerTokens);
    if (!price.isKnown()) {
        outlook.unpriced.push_back(agent);
        return;
    }
    (price.isFree() ? outlook.free : outlook.paid).push_back(agent);
    if (price.isFree())
        return;
    outlook.questionCost = std::max(outlook.questionCost, mostCostOf(size.promptTokens, size.answerTokens, price));
    if (outlook.mostTokens)
        byTokens = std::max(byTokens, dearestCost(*outlook.mostTokens, price));
}

}  // namespace

AgentKind agentKindOf(std::string_view name)
{
    if (name == "rules")
        return AgentKind::Rules;
    if (name == "example" || name.starts_with("example:"))
        return AgentKind::Example;
    for (const auto& [prefix, kind] : kAgentPrefixes)
        if (name.starts_with(prefix))
            return kind;
    return AgentKind::Unknown;
}

std::string_view agentTargetOf(std::string_view name)
{
    for (const auto& [prefix, kind] : kAgentPrefixes)
        if (name.starts_with(prefix))
            return name.substr(prefix.size());
    return name;
}

void AgentChoice::applyTo(RunSettings& settings) const { settings = changes().appliedTo(std::move(settings)); }

RunChanges AgentChoice::changes() const
{
    RunChanges changes;
    changes.agents = agents;
    changes.llmBudgetUsd = llmBudgetUsd;
    changes.llmBudgetTokens = llmBudgetTokens;
    changes.parallel = parallel;
    changes.repairs = repairs;
    return changes;
}

void to_json(nlohmann::json& json, const AgentChoice& choice)
{
    json = {{"agents", choice.agents},
            {"llm_budget_usd", choice.llmBudgetUsd},
            {"llm_budget_tokens", choice.llmBudgetTokens},
            {"parallel", choice.parallel},
            {"repairs", choice.repairs}};
}

void from_json(const nlohmann::json& json, AgentChoice& choice)
{
    choice = {};
    if (const auto agents = json.find("agents"); agents != json.end() && agents->is_array()) {
        choice.agents.clear();
        for (const nlohmann::json& agent : *agents)
            if (agent.is_string() && choice.agents.size() < kMostAgents)
                choice.agents.push_back(agent.get<std::string>());
    }
    constexpr std::int64_t kMostTokenLimit = 1'000'000'000'000;
    takeNumber(json, "llm_budget_usd", 0.0, 9e6, choice.llmBudgetUsd);
    takeNumber(json, "llm_budget_tokens", std::int64_t{0}, kMostTokenLimit, choice.llmBudgetTokens);
    takeNumber(json, "parallel", 1, kMostParallel, choice.parallel);
    takeNumber(json, "repairs", 0, kMostRepairs, choice.repairs);
}

std::vector<ChoiceFault> faultsOf(const AgentChoice& choice, const ModelCatalogue& catalogue, const KeySource& keys)
{
    std::vector<ChoiceFault> faults;
    if (choice.agents.empty())
        faults.push_back({WhyNot::NoAgent, {}, {}, {}});
    if (!moneyFromDollars(choice.llmBudgetUsd) || choice.llmBudgetTokens < 0)
        faults.push_back({WhyNot::BadLimit, {}, {}, {}});
    for (auto agent = choice.agents.begin(); agent != choice.agents.end(); ++agent) {
        if (std::find(choice.agents.begin(), agent, *agent) != agent)
            faults.push_back({WhyNot::NamedTwice, *agent, {}, {}});
        else
            judgeAgent(faults, choice, *agent, catalogue, keys);
    }
    return faults;
}

SpendingOutlook outlookOf(const AgentChoice& choice, const ModelCatalogue& catalogue)
{
    SpendingOutlook outlook;
    const auto limit = moneyFromDollars(choice.llmBudgetUsd);
    outlook.hasMoneyLimit = limit && limit->value > 0;
    if (choice.llmBudgetTokens > 0)
        outlook.mostTokens = choice.llmBudgetTokens;
    std::optional<MicroDollars> byTokens;
    for (const std::string& agent : choice.agents) {
        if (agentKindOf(agent) == AgentKind::Model)
            lookAtModel(outlook, byTokens, agent, catalogue);
        else if (agentKindOf(agent) == AgentKind::Program)
            outlook.programs.push_back(agent);
    }
    if (!outlook.unpriced.empty())
        return outlook;
    if (outlook.paid.empty())
        outlook.mostMoney = MicroDollars{0};
    else if (outlook.hasMoneyLimit)
        outlook.mostMoney = byTokens ? std::min(*limit, *byTokens) : *limit;
    else
        outlook.mostMoney = byTokens;
    return outlook;
}

}  // namespace warploom
