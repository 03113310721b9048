// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "base/Log.h"
#include "engine/Engine.h"
#include "variant/SourceText.h"

namespace warploom {

// What to try next, and what to learn from what came of it.

std::optional<PipelineJob> Engine::nextJob(std::stop_token stop)
{
    if (auto job = freshJob())
        return job;
    // Structure and tunables share the effort; whichever has nothing left gives way.
    if (m_structural <= m_tuned) {
        if (auto job = structuralJob(stop))
            return job;
        return tuningJob();
    }
    if (auto job = tuningJob())
        return job;
    return structuralJob(stop);
}

std::optional<PipelineJob> Engine::freshJob()
{
    while (!m_fresh.empty()) {
        const VariantId id = m_fresh.front();
        m_fresh.pop_front();
        Member* member = m_population->find(id);
        if (member == nullptr || member->record.retired)
            continue;
        std::optional<Configuration> configuration;
        if (member->tuner)
            configuration = member->tuner->ask();
        else
            configuration = Configuration{};
        if (configuration)
            return PipelineJob{id, member->record.source, std::move(*configuration)};
    }
    return std::nullopt;
}

std::optional<PipelineJob> Engine::structuralJob(std::stop_token stop)
{
    while (Member* parent = m_population->chooseParent(m_random)) {
        if (!parent->expanded) {
            if (const auto expanded = expand(*parent, stop); !expanded)
                spdlog::warn("no proposals for variant {}: {}", parent->record.id, expanded.error().toString());
        }
        const auto choice = m_population->chooseProposal(*parent, m_random);
        if (!choice)
            continue;
        const Proposal proposal = parent->proposals[*choice];
        parent->proposals.erase(parent->proposals.begin() + static_cast<std::ptrdiff_t>(*choice));
        if (m_population->knows(sourceHash(proposal.source)))
            continue;
        const auto id = addVariant(proposal, *parent);
        if (!id) {
            failWith(id.error());
            return std::nullopt;
        }
        ++m_structural;
        m_fresh.push_front(*id);
        return freshJob();
    }
    return std::nullopt;
}

std::optional<PipelineJob> Engine::tuningJob()
{
    while (Member* member = m_population->chooseToTune(m_random)) {
        auto configuration = member->tuner->ask();
        if (!configuration)
            continue;
        ++m_tuned;
        return PipelineJob{member->record.id, member->record.source, std::move(*configuration)};
    }
    return std::nullopt;
}

Result<> Engine::expand(Member& member, std::stop_token stop)
{
    member.expanded = true;
    AgentContext context;
    context.task = &m_rig->task();
    context.parent = member.record;
    context.best = member.best;
    context.guidance = m_guidance;
    for (const auto& agent : m_agents) {
        WARPLOOM_TRY(const auto proposals, agent->propose(context, stop));
        for (const Proposal& proposal : proposals) {
            if (!m_population->knows(sourceHash(proposal.source)))
                member.proposals.push_back(proposal);
        }
    }
    return {};
}

Result<VariantId> Engine::addVariant(const Proposal& proposal, const Member& parent)
{
    VariantRecord record;
    record.task = m_taskRecord.id;
    record.parents = {parent.record.id};
    record.title = proposal.title;
    record.source = proposal.source;
    record.normalisedHash = sourceHash(proposal.source);
    record.agent = proposal.agent;
    record.move = proposal.move;
    record.hypothesis = proposal.hypothesis;
    record.predictedGain = proposal.predictedGain;
    record.run = m_run.id;
    WARPLOOM_TRY(const Committed committed, announce(m_workspace.addVariant(record)));
    record.id = committed.id;
    m_population->add(std::move(record));
    return committed.id;
}

void Engine::learn(Member& member, const EvaluationRecord& evaluation)
{
    const bool first = member.evaluations == 0;
    m_population->record(member, evaluation);
    ++m_run.evaluations;
    {
        const std::lock_guard lock(m_progressMutex);
        ++m_progress.verdicts[std::string(verdictName(evaluation.verdict))];
        ++m_progress.sinceStart;
    }
    if (!first || member.record.parents.empty())
        return;
    const Member* parent = m_population->find(member.record.parents.front());
    if (parent == nullptr || !parent->best || !parent->best->speedup)
        return;
    const bool right = evaluation.verdict == Verdict::Ok && evaluation.speedup.has_value();
    const double gain = right ? evaluation.speedup->estimate / parent->best->speedup->estimate : 0;
    const double logGain = right ? std::log(gain) : 0;
    m_population->credit(member.record.move, right, logGain);
    ExperienceRecord experience;
    experience.move = member.record.move;
    experience.bottleneck = kAnyBottleneck;
    experience.device = m_rig->facts().name;
    experience.tries = 1;
    experience.right = right ? 1 : 0;
    experience.improved = right && gain > 1.005 ? 1 : 0;
    experience.sumLogGain = logGain;
    if (const auto stored = announce(m_workspace.recordExperience(experience, m_run.id)); !stored)
        failWith(stored.error());
    if (!right || !member.record.predictedGain)
        return;
    const double half = 1 + (*member.record.predictedGain - 1) / 2;
    const auto outcome = gain >= half ? HypothesisOutcome::Confirmed
        : gain < 1.005                ? HypothesisOutcome::Refuted
                                      : HypothesisOutcome::Open;
    if (outcome == HypothesisOutcome::Open)
        return;
    if (const auto stored = announce(m_workspace.setOutcome(member.record.id, outcome)); !stored)
        failWith(stored.error());
}

}  // namespace warploom
