// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/Log.h"
#include "engine/Engine.h"
#include "protocol/BoundedJson.h"
#include "protocol/CompileProduct.h"
#include "protocol/Counters.h"

namespace warploom {

// What an agent is told. Only what every one reads is made at once: the rest costs queries, for those that read it.

namespace {

constexpr std::size_t kMostAncestors = 8;
constexpr std::size_t kMostRelatives = 4;
constexpr std::size_t kMostFailures = 8;
constexpr std::size_t kMostHotLines = 16;

/// The launches' counts at the first time size, summed; nothing where none were modelled or counted.
std::optional<LaunchCounters> countsOf(const EvaluationRecord& record)
{
    std::vector<LaunchCounters> launches;
    const nlohmann::json model = record.evidence.value("model", nlohmann::json::array());
    if (!model.empty())
        launches = valueFromJson<ModelledTime>(model.front().value("modelled", nlohmann::json::object()))
                       .value_or(ModelledTime{})
                       .counters;
    if (launches.empty())
        launches = valueFromJson<std::vector<LaunchCounters>>(record.counters).value_or(std::vector<LaunchCounters>{});
    if (launches.empty())
        return std::nullopt;
    LaunchCounters sum;
    for (const LaunchCounters& launch : launches) {
        for (const auto& field : launchCounterFields())
            sum.*field.member += launch.*field.member;
        for (const auto& [number, line] : launch.lines)
            for (const auto& field : lineCounterFields())
                sum.lines[number].*field.member += line.*field.member;
    }
    return sum;
}

std::vector<CounterChange> changesBetween(const std::optional<LaunchCounters>& before, const LaunchCounters& now)
{
    std::vector<CounterChange> changes;
    for (const auto& field : launchCounterFields()) {
        const double value = static_cast<double>(now.*field.member);
        const auto earlier = before ? std::optional(static_cast<double>(*before.*field.member)) : std::nullopt;
        if (value != 0 || earlier.value_or(0) != 0)
            changes.push_back({std::string(field.name), "", earlier, value});
    }
    return changes;
}

std::vector<LineHeat> heatOf(const LaunchCounters& counts)
{
    double sum = 0;
    for (const auto& [number, line] : counts.lines)
        sum += static_cast<double>(line.warpInstructions);
    std::vector<LineHeat> heat;
    for (const auto& [number, line] : counts.lines)
        if (sum > 0 && line.warpInstructions > 0)
            heat.push_back({number, static_cast<double>(line.warpInstructions) / sum});
    std::ranges::stable_sort(heat, std::greater<>(), &LineHeat::share);
    heat.resize(std::min(heat.size(), kMostHotLines));
    return heat;
}

std::string compilerOutputOf(const EvaluationRecord& record)
{
    std::string text;
    const auto kernels = valueFromJson<std::vector<KernelResources>>(record.resources);
    for (const KernelResources& kernel : kernels.value_or(std::vector<KernelResources>{}))
        text += fmt::format("{}: {} registers a thread, {} bytes of shared memory a block, {} bytes of stack, {} bytes "
                            "spilled\n",
                            kernel.name, kernel.registers, kernel.sharedBytes, kernel.stackBytes,
                            kernel.spillStoreBytes + kernel.spillLoadBytes);
    return text;
}

}  // namespace

AgentContext Engine::contextFor(const Member& parent, const Expansion& expansion)
{
    AgentContext context;
    context.task = &m_task;
    context.parent = parent.record;
    context.best = parent.best;
    context.diagnosis = parent.diagnosis;
    context.multiprocessors = static_cast<int>(m_rig->facts().multiprocessors);
    context.mode = expansion.mode;
    context.guidance = m_guidance;
    if (expansion.mode == MemoryMode::Combine && expansion.parents.size() > 1) {
        if (const Member* partner = m_population->find(expansion.parents[1]))
            context.partner = partner->record;
    }
    if (expansion.mode != MemoryMode::CompareSiblings)
        return context;
    for (const auto& member : m_population->members()) {
        const auto& parents = member->record.parents;
        if (std::find(parents.begin(), parents.end(), parent.record.id) != parents.end())
            context.siblings.push_back({member->record, member->best, std::nullopt});
    }
    return context;
}

/// With its evidence; nothing where it is not known.
std::optional<EvaluationRecord> Engine::latestFailureOf(VariantId variant)
{
    EvaluationFilter filter;
    filter.variant = variant;
    filter.environment = m_environment;
    filter.full = true;
    auto evaluations = m_workspace.evaluations(filter);
    if (!evaluations) {
        spdlog::warn("the evaluations of variant {} could not be read: {}", variant, evaluations.error().toString());
        return std::nullopt;
    }
    const auto failed = std::find_if(evaluations->rbegin(), evaluations->rend(),
                                     [](const EvaluationRecord& one) { return one.verdict != Verdict::Ok; });
    return failed == evaluations->rend() ? std::nullopt : std::optional(std::move(*failed));
}

/// A member's best with its evidence.
std::optional<EvaluationRecord> Engine::fullBestOf(const Member& member)
{
    if (!member.best)
        return std::nullopt;
    auto full = m_workspace.evaluation(member.best->id);
    return full ? std::optional(std::move(*full)) : member.best;
}

/// What agents read that answer for their reading's sake.
void Engine::addKnowledge(AgentContext& context, const Member& parent)
{
    context.device = m_rig->facts();
    const Member* ancestor = &parent;
    while (!ancestor->record.parents.empty() && context.lineage.size() < kMostAncestors) {
        const VariantId next = ancestor->record.parents.front();
        // Parents are older; in a damaged workspace they may go round.
        ancestor = next < ancestor->record.id ? m_population->find(next) : nullptr;
        if (ancestor == nullptr)
            break;
        context.lineage.push_back(ancestor->record);
    }
    context.best = fullBestOf(parent);
    const auto counts = context.best ? countsOf(*context.best) : std::nullopt;
    if (context.best)
        context.compilerOutput = compilerOutputOf(*context.best);
    const Member* grandparent = context.lineage.empty() ? nullptr : m_population->find(context.lineage.front().id);
    const auto before = grandparent == nullptr ? std::nullopt : fullBestOf(*grandparent);
    if (counts) {
        context.counters = changesBetween(before ? countsOf(*before) : std::nullopt, *counts);
        context.heat = heatOf(*counts);
    }
    addRelatives(context, parent);
    addFailures(context, parent);
    for (Attempt& sibling : context.siblings)
        if (!sibling.best)
            sibling.failure = latestFailureOf(sibling.variant.id);
}

void Engine::addRelatives(AgentContext& context, const Member& parent)
{
    std::vector<const Member*> right;
    for (const auto& member : m_population->members())
        if (member->isRight() && !member->record.retired && member->record.id != parent.record.id)
            right.push_back(member.get());
    const auto speedOf = [](const Member* member) {
        return member->best->speedup ? member->best->speedup->estimate : 1.0;
    };
    std::ranges::stable_sort(right, std::greater<>(), speedOf);
    right.resize(std::min(right.size(), kMostRelatives));
    for (const Member* member : right)
        context.relatives.push_back({member->record, member->best, std::nullopt});
}

/// The newest ones.
void Engine::addFailures(AgentContext& context, const Member& parent)
{
    const auto& members = m_population->members();
    for (auto member = members.rbegin(); member != members.rend() && context.failures.size() < kMostFailures;
         ++member) {
        const auto& parents = (*member)->record.parents;
        const bool isChild = std::ranges::find(parents, parent.record.id) != parents.end();
        if (!isChild || (*member)->isRight() || (*member)->evaluations == 0)
            continue;
        if (auto failure = latestFailureOf((*member)->record.id))
            context.failures.push_back({(*member)->record, std::nullopt, std::move(failure)});
    }
}

}  // namespace warploom
