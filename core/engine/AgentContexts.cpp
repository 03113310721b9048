// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/AgentContexts.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/Log.h"
#include "engine/SummedCounts.h"
#include "protocol/BoundedJson.h"
#include "protocol/CompileProduct.h"
#include "protocol/Counters.h"

namespace warploom {

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
    for (const LaunchCounters& launch : launches)
        addCounts(sum, launch);
    return sum;
}

/// What a card has measured has no counts: those of its profile then.
std::optional<LaunchCounters> countsOf(const EvaluationRecord& record, const Member& member)
{
    auto own = countsOf(record);
    return own ? own : member.counts;
}

void addMetrics(std::vector<CounterChange>& changes, const Member* before, const Member& now)
{
    for (const auto& [name, value] : now.metrics) {
        std::optional<double> earlier;
        if (before != nullptr)
            if (const auto found = before->metrics.find(name); found != before->metrics.end())
                earlier = found->second;
        changes.push_back({name, "", earlier, value});
    }
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

AgentContext AgentContexts::brief(const Member& parent, const Expansion& expansion) const
{
    AgentContext context;
    context.task = &m_sources.task;
    context.parent = parent.record;
    context.best = parent.best;
    context.diagnosis = parent.diagnosis;
    context.multiprocessors = static_cast<int>(m_sources.device.multiprocessors);
    context.mode = expansion.mode;
    context.guidance = m_sources.guidance;
    if (expansion.mode == MemoryMode::Combine && expansion.parents.size() > 1) {
        if (const Member* partner = m_sources.population.find(expansion.parents[1]))
            context.partner = partner->record;
    }
    if (expansion.mode != MemoryMode::CompareSiblings)
        return context;
    for (const auto& member : m_sources.population.members()) {
        const auto& parents = member->record.parents;
        if (std::find(parents.begin(), parents.end(), parent.record.id) != parents.end())
            context.siblings.push_back({member->record, member->best, std::nullopt});
    }
    return context;
}

/// With its evidence; nothing where it is not known.
std::optional<EvaluationRecord> AgentContexts::latestFailureOf(VariantId variant) const
{
    EvaluationFilter filter;
    filter.variant = variant;
    filter.environment = m_sources.environment;
    filter.full = true;
    auto evaluations = m_sources.workspace.evaluations(filter);
    if (!evaluations) {
        spdlog::warn("the evaluations of variant {} could not be read: {}", variant, evaluations.error().toString());
        return std::nullopt;
    }
    const auto failed = std::find_if(evaluations->rbegin(), evaluations->rend(),
                                     [](const EvaluationRecord& one) { return one.verdict != Verdict::Ok; });
    return failed == evaluations->rend() ? std::nullopt : std::optional(std::move(*failed));
}

/// A member's best with its evidence.
std::optional<EvaluationRecord> AgentContexts::fullBestOf(const Member& member) const
{
    if (!member.best)
        return std::nullopt;
    auto full = m_sources.workspace.evaluation(member.best->id);
    return full ? std::optional(std::move(*full)) : member.best;
}

AgentContext AgentContexts::full(const Member& parent, const Expansion& expansion) const
{
    AgentContext context = brief(parent, expansion);
    context.device = m_sources.device;
    const Member* ancestor = &parent;
    while (!ancestor->record.parents.empty() && context.lineage.size() < kMostAncestors) {
        const VariantId next = ancestor->record.parents.front();
        // Parents are older; in a damaged workspace they may go round.
        ancestor = next < ancestor->record.id ? m_sources.population.find(next) : nullptr;
        if (ancestor == nullptr)
            break;
        context.lineage.push_back(ancestor->record);
    }
    context.best = fullBestOf(parent);
    addFigures(context, parent);
    addRelatives(context, parent);
    addFailures(context, parent);
    for (Attempt& sibling : context.siblings)
        if (!sibling.best)
            sibling.failure = latestFailureOf(sibling.variant.id);
    return context;
}

/// Counters against the grandparent, heat and the compiler's words.
void AgentContexts::addFigures(AgentContext& context, const Member& parent) const
{
    if (!context.best)
        return;
    context.compilerOutput = compilerOutputOf(*context.best);
    const Member* grandparent =
        context.lineage.empty() ? nullptr : m_sources.population.find(context.lineage.front().id);
    if (const auto counts = countsOf(*context.best, parent)) {
        const auto before = grandparent == nullptr ? std::nullopt : fullBestOf(*grandparent);
        context.counters = changesBetween(before ? countsOf(*before, *grandparent) : std::nullopt, *counts);
        context.heat = heatOf(*counts);
    }
    addMetrics(context.counters, grandparent, parent);
}

void AgentContexts::addRelatives(AgentContext& context, const Member& parent) const
{
    std::vector<const Member*> right;
    for (const auto& member : m_sources.population.members())
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
void AgentContexts::addFailures(AgentContext& context, const Member& parent) const
{
    const auto& members = m_sources.population.members();
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

Result<Expansion> AgentContexts::expansionOf(const AskOrder& order) const
{
    const auto mode = memoryModeFromName(order.mode);
    if (!mode)
        return fail(ErrorCode::InvalidArgument, fmt::format("there is no memory mode '{}'", order.mode));
    if (m_sources.population.find(order.variant) == nullptr)
        return fail(ErrorCode::NotFound, fmt::format("there is no variant {}", order.variant));
    Expansion expansion{{order.variant}, order.agent, *mode};
    if (*mode != MemoryMode::Combine)
        return expansion;
    VariantId partner = order.partner;
    if (partner == 0)
        partner = bestBesides(order.variant);
    const Member* other = m_sources.population.find(partner);
    if (other == nullptr || partner == order.variant)
        return fail(ErrorCode::InvalidArgument, "there is no other right variant to combine it with");
    expansion.parents.push_back(partner);
    return expansion;
}

/// 0: there is none.
VariantId AgentContexts::bestBesides(VariantId variant) const
{
    const auto speedOf = [](const Member& member) { return member.best->speedup ? member.best->speedup->low : 1.0; };
    const Member* best = nullptr;
    for (const auto& member : m_sources.population.members())
        if (member->isRight() && !member->record.retired && member->record.id != variant
            && (best == nullptr || speedOf(*member) > speedOf(*best)))
            best = member.get();
    return best == nullptr ? 0 : best->record.id;
}

}  // namespace warploom
