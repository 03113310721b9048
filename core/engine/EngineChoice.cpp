// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "base/Log.h"
#include "engine/Engine.h"
#include "variant/SourceText.h"

namespace warploom {

// What to try next, and what to learn from what came of it.

namespace {

// What promises little takes as long to evaluate as what promises much: tunables then get the larger part of the
// effort.
constexpr double kSmallChange = 1.06;
constexpr int kTriesOfSmallChange = 3;
constexpr std::int64_t kStepsFirst = 3;
// Of other values of its tunables a variant may become so many times as fast.
constexpr double kHopeOfTuning = 2;

}  // namespace

std::optional<PipelineJob> Engine::nextJob(std::stop_token stop)
{
    if (auto job = chosenJob(std::move(stop)))
        return job;
    return overtakenJob();
}

std::optional<PipelineJob> Engine::chosenJob(std::stop_token stop)
{
    if (auto job = oldWinnerJob())
        return job;
    if (auto job = freshJob())
        return job;
    // Structure and tunables share the effort; whichever has nothing left gives way. While the best may be made better
    // by another step, steps come first.
    if (m_structural <= (m_population->isBestOpen(quickAgents()) ? kStepsFirst * (m_tuned + 1) : m_tuned)) {
        if (auto job = structuralJob(stop))
            return job;
        return tuningJob(true);
    }
    if (auto job = tuningJob(false))
        return job;
    if (auto job = structuralJob(stop))
        return job;
    return tuningJob(true);
}

std::optional<PipelineJob> Engine::oldWinnerJob()
{
    if (m_oldWinners.empty())
        return std::nullopt;
    PipelineJob job = std::move(m_oldWinners.front());
    m_oldWinners.pop_front();
    return job;
}

std::optional<PipelineJob> Engine::overtakenJob()
{
    while (!m_overtaken.empty()) {
        PipelineJob job = std::move(m_overtaken.front());
        m_overtaken.pop_front();
        const Member* member = m_population->find(job.variant);
        if (member != nullptr && !member->record.retired)
            return job;
    }
    return std::nullopt;
}

Prospect Engine::prospectOf(const Member& from, double gain) const
{
    const auto speed = [](const std::optional<Interval>& speedup) { return speedup ? speedup->estimate : 1; };
    const double parent = from.best ? speed(from.best->speedup) : 1;
    return {parent * std::max(1.0, gain), m_incumbent ? speed(m_incumbent->speedup) : 1};
}

std::optional<PipelineJob> Engine::freshJob()
{
    while (!m_fresh.empty()) {
        const VariantId id = m_fresh.front();
        m_fresh.pop_front();
        if (auto job = firstJobOf(id))
            return job;
    }
    return std::nullopt;
}

std::optional<PipelineJob> Engine::askedJob()
{
    while (!m_asked.empty()) {
        const VariantId id = m_asked.front();
        m_asked.pop_front();
        if (auto job = firstJobOf(id))
            return job;
        m_awaited.erase(id);
    }
    return std::nullopt;
}

/// Nothing for a variant that has been retired meanwhile.
std::optional<PipelineJob> Engine::firstJobOf(VariantId id)
{
    Member* member = m_population->find(id);
    if (member == nullptr)
        return std::nullopt;
    member->queued = false;
    if (member->record.retired)
        return std::nullopt;
    const auto configuration = member->tuner ? member->tuner->ask() : std::optional(Configuration{});
    if (!configuration)
        return std::nullopt;
    return PipelineJob{id, member->record.source, *configuration};
}

std::optional<PipelineJob> Engine::structuralJob(std::stop_token stop)
{
    while (const auto expansion = m_population->chooseExpansion(m_random, askableAgents())) {
        Member* parent = m_population->find(expansion->parents.front());
        Agent* agent = agentCalled(expansion->agent);
        if (parent == nullptr || agent == nullptr)
            return std::nullopt;
        if (agent->takesLong()) {
            if (stop.stop_requested() || m_stopAsked.stop_requested())
                return std::nullopt;
            askAtDesk(*agent, *parent, *expansion);
            continue;
        }
        if (!ask(*agent, *parent, *expansion, stop))
            return std::nullopt;
        const auto proposal = m_population->takeProposal(*expansion, m_random);
        if (!proposal || !queueFirst(*proposal, *parent))
            continue;
        m_structural += proposal->predictedGain < kSmallChange ? kTriesOfSmallChange : 1;
        if (AgentTally* tally = tallyOf(expansion->agent))
            ++tally->variants;
        auto job = freshJob();
        // The parent may have moved: the population has grown.
        if (const Member* from = m_population->find(expansion->parents.front()); job && from != nullptr)
            job->prospect = prospectOf(*from, proposal->predictedGain);
        return job;
    }
    return std::nullopt;
}

/// Whether there is something new to evaluate: a new text, or one that this environment has not seen yet.
bool Engine::queueFirst(const Proposal& proposal, const Member& parent)
{
    Member* member = m_population->findText(sourceHash(proposal.source));
    if (member == nullptr) {
        const auto id = addVariant(proposal, parent);
        if (!id) {
            failWith(id.error());
            return false;
        }
        member = m_population->find(*id);
    } else if (member->isTried() || member->record.retired) {
        return false;
    }
    member->queued = true;
    m_fresh.push_front(member->record.id);
    return true;
}

std::optional<PipelineJob> Engine::tuningJob(bool withStragglers)
{
    while (Member* member = m_population->chooseToTune(m_random, withStragglers)) {
        auto configuration = member->tuner->ask();
        if (!configuration)
            continue;
        ++m_tuned;
        PipelineJob job{member->record.id, member->record.source, std::move(*configuration)};
        job.prospect = prospectOf(*member, kHopeOfTuning);
        return job;
    }
    return std::nullopt;
}

/// Asks the expansion's agent where that can bring something new. False when the run cannot go on.
bool Engine::ask(Agent& agent, Member& parent, const Expansion& expansion, std::stop_token stop)
{
    if (parent.spent.contains(expansion.agent) || m_population->hasProposalFor(expansion))
        return true;
    // By whoever waits for the run, and by a person's command, which the engine's thread cannot take while it asks.
    std::stop_source either;
    const auto requestStop = [&either] { either.request_stop(); };
    const std::stop_callback byRun(stop, requestStop);
    const std::stop_callback byCommand(m_stopAsked.get_token(), requestStop);
    if (const auto started = agent.start(either.get_token()); !started) {
        if (!started.error().isCancelled())
            failWith(started.error());
        return false;
    }
    AgentTally& tally = *tallyOf(expansion.agent);
    ++tally.asked;
    auto proposals = agent.propose(contexts().brief(parent, expansion), either.get_token());
    if (either.stop_requested())
        return false;
    if (!proposals)
        spdlog::warn("no proposals for variant {}: {}", parent.record.id, proposals.error().toString());
    ++(proposals ? tally.answered : tally.failed);
    bool isNews = false;
    for (Proposal& proposal : proposals ? *proposals : std::vector<Proposal>{}) {
        isNews = isNews || m_population->findText(sourceHash(proposal.source)) == nullptr;
        if (agent.usesMemory()) {
            proposal.mode = expansion.mode;
            proposal.partner = expansion.mode == MemoryMode::Combine ? expansion.parents.back() : 0;
        }
        proposal.asked = expansion.agent;
        parent.proposals.push_back(std::move(proposal));
    }
    if (!isNews || !agent.usesMemory())
        parent.spent.insert(expansion.agent);
    return true;
}

Result<VariantId> Engine::addVariant(const Proposal& proposal, const Member& parent)
{
    VariantRecord record;
    record.task = m_taskRecord.id;
    record.parents = {parent.record.id};
    if (proposal.partner != 0 && proposal.partner != parent.record.id)
        record.parents.push_back(proposal.partner);
    record.title = proposal.title;
    record.source = proposal.source;
    record.normalisedHash = sourceHash(proposal.source);
    record.agent = proposal.agent;
    record.move = proposal.move;
    record.hypothesis = proposal.hypothesis;
    record.predictedGain = proposal.predictedGain;
    record.run = m_run.id;
    // Of rules nothing is said that is not in agent and move already.
    if (const Agent* agent = agentOrGuest(proposal.by()); agent != nullptr && agent->takesLong()) {
        record.asked = proposal.asked;
        record.model = proposal.model;
        record.mode = memoryModeName(proposal.mode);
        record.repairs = proposal.repairs;
        record.exchange = proposal.exchange;
    }
    WARPLOOM_TRY(const Committed committed, announce(m_workspace.addVariant(record)));
    record.id = committed.id;
    m_population->add(std::move(record));
    return committed.id;
}

bool Engine::learn(Member& member, const EvaluationRecord& evaluation)
{
    const bool first = member.evaluations == 0;
    const bool isBest = m_population->record(member, evaluation);
    ++m_run.evaluations;
    {
        const std::lock_guard lock(m_progressMutex);
        ++m_progress.verdicts[std::string(verdictName(evaluation.verdict))];
        ++m_progress.sinceStart;
    }
    // What a move did was learnt when it was measured first, wherever that was.
    if (first && !member.measuredElsewhere && !member.record.parents.empty())
        creditMove(member, evaluation);
    return isBest;
}

void Engine::creditMove(const Member& member, const EvaluationRecord& evaluation)
{
    const Member* parent = m_population->find(member.record.parents.front());
    if (parent == nullptr || !parent->best || !parent->best->speedup)
        return;
    const bool right = evaluation.verdict == Verdict::Ok && evaluation.speedup.has_value();
    const double gain = right ? evaluation.speedup->estimate / parent->best->speedup->estimate : 0;
    const double logGain = right ? std::log(gain) : 0;
    m_population->credit(member.record.move, parent->bottleneck(), right, logGain);
    creditAgent(member.record, right, gain);
    ExperienceRecord experience;
    experience.move = member.record.move;
    experience.bottleneck = parent->bottleneck();
    experience.device = m_rig->facts().name;
    experience.tries = 1;
    experience.right = right ? 1 : 0;
    experience.improved = right && gain > kImproved ? 1 : 0;
    experience.sumLogGain = logGain;
    if (const auto stored = announce(m_workspace.recordExperience(experience, m_run.id)); !stored)
        failWith(stored.error());
    if (!right || !member.record.predictedGain)
        return;
    const double half = 1 + (*member.record.predictedGain - 1) / 2;
    const auto outcome = gain >= half ? HypothesisOutcome::Confirmed
        : gain < kImproved            ? HypothesisOutcome::Refuted
                                      : HypothesisOutcome::Open;
    if (outcome == HypothesisOutcome::Open)
        return;
    if (const auto stored = announce(m_workspace.setOutcome(member.record.id, outcome)); !stored)
        failWith(stored.error());
}

}  // namespace warploom
