// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <fmt/format.h>

#include "base/Log.h"
#include "base/Random.h"
#include "engine/Engine.h"
#include "engine/RestingLineage.h"
#include "variant/SourceText.h"

namespace warploom {

// Opening a workspace for a run: a new one, or one to be taken up again.

namespace {

/// How many of the best of other environments are measured again before anything new is tried.
constexpr std::size_t kOldWinners = 4;

/// Of a run with a time limit, for one timing: a baseline that takes a second must not leave room for nothing else.
/// What is confirmed in the end is timed with all rounds.
constexpr double kTimingShare = 0.05;
constexpr Seconds kLeastTiming(1);
constexpr Seconds kMostTiming(20);

std::vector<std::string> namesOf(const std::vector<std::unique_ptr<Agent>>& agents)
{
    std::vector<std::string> names;
    for (const auto& agent : agents)
        names.push_back(agent->key());
    return names;
}

}  // namespace

Result<> Engine::prepare(std::stop_token stop)
{
    for (const auto& agent : m_agents)
        WARPLOOM_CHECK(agent->start(stop));
    WARPLOOM_CHECK(startRig(stop));
    if (m_settings.seconds > Seconds(0))
        m_rig->evaluator().setTimingBudget(std::clamp(m_settings.seconds * kTimingShare, kLeastTiming, kMostTiming));
    WARPLOOM_CHECK(storeTask());
    WARPLOOM_CHECK(chooseRun());
    m_random = RandomStream(m_settings.seed);
    WARPLOOM_TRY(const auto experience, m_workspace.experience({}));
    m_population = std::make_unique<Population>(m_settings.seed, experience, m_rig->facts().name, namesOf(m_agents));
    makeDesk();
    WARPLOOM_CHECK(loadTallies());
    makePipeline();
    WARPLOOM_CHECK(loadVariants());
    WARPLOOM_CHECK(ensureBaseline());
    WARPLOOM_CHECK(loadEvaluations());
    WARPLOOM_CHECK(loadProfiles());
    WARPLOOM_CHECK(loadSteering());
    updateBest();
    const std::lock_guard lock(m_progressMutex);
    m_progress.run = m_run.id;
    m_progress.task = m_task.name;
    m_progress.device = m_rig->facts().id;
    m_progress.deviceName = m_rig->facts().name;
    m_progress.modelled = m_rig->facts().modelled;
    m_progress.budget = m_settings.evaluations;
    m_progress.phase = "starting";
    return {};
}

Result<> Engine::startRig(std::stop_token stop)
{
    auto rig = EvaluationRig::start(m_task, m_settings.device, stop);
    if (!rig)
        return fail(asMachineError(std::move(rig).error()));
    m_rig = std::move(*rig);
    m_rig->evaluator().setHiddenSeed(mix64(m_settings.seed ^ 0x41DDE2ull));
    if (m_settings.preflight || m_rig->facts().drivesDisplay)
        if (const auto started = m_rig->startPreflight(std::move(stop)); !started)
            return fail(asMachineError(started.error()));
    return {};
}

void Engine::makePipeline()
{
    Pipeline::Profiled profiled;
    if (m_settings.findings)
        profiled = [this](const ProfileResult& result) { handleProfile(result); };
    m_pipeline = std::make_unique<Pipeline>(
        *m_rig, m_mailbox, [this](PipelineResult result) { handle(std::move(result)); }, std::move(profiled));
}

Result<> Engine::storeTask()
{
    m_taskRecord.name = m_task.name;
    m_taskRecord.revision = m_task.revision;
    for (const auto& [name, content] : m_task.files())
        m_taskRecord.files.push_back({name, content});
    WARPLOOM_TRY(const Committed taskRow, announce(m_workspace.ensureTask(m_taskRecord)));
    m_taskRecord.id = taskRow.id;
    WARPLOOM_TRY(const Committed environment, announce(m_workspace.ensureEnvironment(m_rig->environment())));
    m_environment = environment.id;
    return {};
}

Result<> Engine::chooseRun()
{
    if (m_resumed)
        return resume(*m_resumed);
    m_run.task = m_taskRecord.id;
    m_run.device = m_settings.device;
    m_run.seed = m_settings.seed;
    m_run.settings = m_settings;
    WARPLOOM_TRY(const Committed added, announce(m_workspace.addRun(m_run)));
    m_run.id = added.id;
    return {};
}

Result<> Engine::resume(RunRecord run)
{
    WARPLOOM_TRY(const TaskRecord task, m_workspace.task(run.task));
    if (task.name != m_task.name)
        return fail(Error{ErrorCode::InvalidArgument,
                          fmt::format("run {} cannot be taken up for another task", run.id),
                          {},
                          fmt::format("'{}'", task.name),
                          fmt::format("'{}'", m_task.name)});
    m_run = std::move(run);
    m_run.task = m_taskRecord.id;
    m_run.device = m_settings.device;
    m_run.settings = m_settings;
    WARPLOOM_TRY(const Committed resumed, announce(m_workspace.resumeRun(m_run)));
    m_submitted = m_run.evaluations;
    WARPLOOM_TRY(const auto counts, m_workspace.verdictCounts(m_run.id));
    const std::lock_guard lock(m_progressMutex);
    for (const auto& [verdict, count] : counts)
        m_progress.verdicts[std::string(verdictName(verdict))] = count;
    return {};
}

Result<> Engine::loadVariants()
{
    WARPLOOM_TRY(auto variants, variantsOfTask(m_workspace, m_task.name));
    for (VariantRecord& variant : variants)
        m_population->add(std::move(variant));
    return {};
}

Result<> Engine::ensureBaseline()
{
    VariantRecord record;
    record.task = m_taskRecord.id;
    record.title = "baseline";
    record.source = m_task.baselineSource;
    record.normalisedHash = sourceHash(m_task.baselineSource);
    record.agent = "task";
    record.run = m_run.id;
    for (const auto& member : m_population->members()) {
        if (member->record.parents.empty() && member->record.normalisedHash == record.normalisedHash)
            m_baselineId = member->record.id;
    }
    if (m_baselineId != 0)
        return {};
    WARPLOOM_TRY(const Committed added, announce(m_workspace.addVariant(record)));
    record.id = added.id;
    m_baselineId = added.id;
    m_population->add(std::move(record));
    return {};
}

Result<> Engine::loadEvaluations()
{
    WARPLOOM_TRY(const auto evaluations, m_workspace.evaluations({}));
    Standings elsewhere;
    for (const EvaluationRecord& evaluation : evaluations) {
        Member* member = m_population->find(evaluation.variant);
        if (member == nullptr)
            continue;
        if (evaluation.environment == m_environment) {
            m_population->record(*member, evaluation);
        } else {
            elsewhere.add(evaluation);
            member->measuredElsewhere = true;
        }
    }
    for (const auto& member : m_population->members()) {
        if (member->isTried() || member->measuredElsewhere || member->record.parents.empty())
            continue;
        member->queued = true;
        m_fresh.push_back(member->record.id);
    }
    queueOldWinners(elsewhere);
    return {};
}

/// The best of the newest other environment comes first, then the other best ones, wherever they were measured.
void Engine::queueOldWinners(const Standings& elsewhere)
{
    const auto isWanted = [this](const EvaluationRecord& evaluation) {
        const Member* member = m_population->find(evaluation.variant);
        return !member->isTried() && !member->record.retired && evaluation.variant != m_baselineId;
    };
    std::vector<const EvaluationRecord*> winners;
    for (const auto& member : m_population->members()) {
        const EvaluationRecord* own = elsewhere.bestOf(member->record.id);
        if (own != nullptr && isWanted(*own))
            winners.push_back(own);
    }
    const EvaluationRecord* first = elsewhere.best(isWanted);
    const auto rank = [first](const EvaluationRecord* evaluation) {
        return std::pair(evaluation == first, evaluation->speedup ? evaluation->speedup->low : 0);
    };
    std::stable_sort(winners.begin(), winners.end(), [&](const auto* a, const auto* b) { return rank(a) > rank(b); });
    winners.resize(std::min(winners.size(), kOldWinners));
    for (const EvaluationRecord* winner : winners) {
        Member* member = m_population->find(winner->variant);
        member->queued = true;
        m_oldWinners.push_back({winner->variant, member->record.source, winner->configuration});
    }
}

Result<EvaluationRecord> Engine::evaluateNow(PipelineJob job, std::stop_token stop)
{
    m_lastRecord.reset();
    submit(std::move(job));
    while (!m_lastRecord && !m_failure) {
        if (stop.stop_requested() || m_stopRequested)
            return fail(ErrorCode::Cancelled, "stopped");
        m_mailbox.runAll(std::chrono::milliseconds(50));
        publishProgress();
    }
    if (m_failure)
        return fail(*m_failure);
    return *m_lastRecord;
}

Result<> Engine::measureBaseline(std::stop_token stop)
{
    Member& baseline = this->baseline();
    const auto directives = parseDirectives(baseline.record.source, "baseline.cu");
    const Configuration configuration = directives ? directives->defaultConfiguration() : Configuration{};
    WARPLOOM_TRY(CandidateSpec spec, m_rig->prepare(baseline.record.source, m_task.baselineFile, configuration, stop));
    m_rig->evaluator().setBaseline(spec);
    m_baseline = Opponent{spec, std::nullopt};
    {
        const std::lock_guard lock(m_progressMutex);
        m_progress.phase = "baseline";
    }
    publishProgress();
    if (!baseline.isRight()) {
        PipelineJob job{baseline.record.id, baseline.record.source, configuration};
        job.isBaseline = true;
        WARPLOOM_TRY(const EvaluationRecord record, evaluateNow(std::move(job), stop));
        if (record.verdict != Verdict::Ok)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("the baseline of '{}' is not right: {} ({})", m_task.name, record.message,
                                    verdictName(record.verdict)));
    }
    if (baseline.tuner) {
        // Told above; asked here so that the tuner does not hand it out again.
        const auto ignored = baseline.tuner->tell(configuration, baseline.best->time->estimate);
        if (!ignored)
            spdlog::debug("baseline: {}", ignored.error().toString());
    }
    m_baselineRecord = baseline.best;
    if (!m_incumbent) {
        m_incumbent = m_baseline;
        m_incumbentId = m_baselineId;
    }
    updateOpponents();
    // Agents are asked about it next.
    return baseline.diagnosis ? Result<>() : profileNow(baseline, *baseline.best, MetricTier::Summary, stop);
}

Result<> Engine::remeasureIncumbent(std::stop_token stop)
{
    // The best that this environment knows goes on being the yardstick.
    const EvaluationRecord* best = m_population->best();
    if (best != nullptr && best->variant != m_baselineId) {
        const Member* member = m_population->find(best->variant);
        WARPLOOM_TRY(CandidateSpec spec, m_rig->prepare(member->record.source, "kernel.cu", best->configuration, stop));
        considerIncumbent(*member, *best, spec);
        if (!member->diagnosis)
            WARPLOOM_CHECK(profileNow(*member, *best, MetricTier::Summary, stop));
    }
    if (auto job = oldWinnerJob()) {
        WARPLOOM_TRY(const EvaluationRecord ignored, evaluateNow(std::move(*job), stop));
    }
    return {};
}

}  // namespace warploom
