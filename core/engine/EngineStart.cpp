// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <fmt/format.h>

#include "base/Log.h"
#include "engine/Engine.h"
#include "variant/SourceText.h"

namespace warploom {

// Opening a workspace for a run: a new one, or one to be taken up again.

Result<> Engine::prepare(const Task& task, bool resume, std::stop_token stop)
{
    TaskRecord record;
    record.name = task.name;
    record.revision = task.revision;
    for (const auto& [name, content] : task.files())
        record.files.push_back({name, content});
    WARPLOOM_TRY(m_rig, EvaluationRig::start(task, m_settings.device, stop));
    WARPLOOM_TRY(const Committed taskRow, m_workspace.ensureTask(record));
    m_taskRecord = record;
    m_taskRecord.id = taskRow.id;
    WARPLOOM_TRY(const Committed environment, m_workspace.ensureEnvironment(m_rig->environment()));
    m_environment = environment.id;
    WARPLOOM_CHECK(chooseRun(resume));
    m_random = RandomStream(m_settings.seed);
    WARPLOOM_TRY(const auto experience, m_workspace.experience({}));
    m_population = std::make_unique<Population>(m_settings.seed, experience, m_rig->facts().name);
    m_pipeline =
        std::make_unique<Pipeline>(*m_rig, m_mailbox, [this](PipelineResult result) { handle(std::move(result)); });
    WARPLOOM_CHECK(loadVariants());
    WARPLOOM_CHECK(loadEvaluations());
    const std::lock_guard lock(m_progressMutex);
    m_progress.run = m_run.id;
    m_progress.task = task.name;
    m_progress.device = m_rig->facts().id;
    m_progress.deviceName = m_rig->facts().name;
    m_progress.modelled = m_rig->facts().modelled;
    m_progress.budget = m_settings.evaluations;
    m_progress.phase = "starting";
    return {};
}

Result<> Engine::chooseRun(bool resume)
{
    WARPLOOM_TRY(const auto runs, m_workspace.runs());
    for (auto run = runs.rbegin(); resume && run != runs.rend(); ++run) {
        if (run->state == RunState::Finished)
            continue;
        m_run = *run;
        WARPLOOM_TRY(const Committed resumed, m_workspace.resumeRun(run->id));
        m_submitted = run->evaluations;
        WARPLOOM_TRY(const auto counts, m_workspace.verdictCounts(run->id));
        const std::lock_guard lock(m_progressMutex);
        for (const auto& [verdict, count] : counts)
            m_progress.verdicts[std::string(verdictName(verdict))] = count;
        return {};
    }
    m_run = RunRecord{};
    m_run.task = m_taskRecord.id;
    m_run.device = m_settings.device;
    m_run.seed = m_settings.seed;
    m_run.settings = m_settings;
    WARPLOOM_TRY(const Committed added, m_workspace.addRun(m_run));
    m_run.id = added.id;
    return {};
}

Result<> Engine::loadVariants()
{
    WARPLOOM_TRY(auto variants, m_workspace.variants(m_taskRecord.id));
    for (VariantRecord& variant : variants)
        m_population->add(std::move(variant));
    const Task& task = m_rig->task();
    const std::string hash = sourceHash(task.baselineSource);
    const bool known = std::any_of(m_population->members().begin(), m_population->members().end(),
                                   [&hash](const auto& member) { return member->record.normalisedHash == hash; });
    if (known)
        return {};
    VariantRecord baseline;
    baseline.task = m_taskRecord.id;
    baseline.title = "baseline";
    baseline.source = task.baselineSource;
    baseline.normalisedHash = hash;
    baseline.agent = "task";
    baseline.run = m_run.id;
    WARPLOOM_TRY(const Committed added, m_workspace.addVariant(baseline));
    baseline.id = added.id;
    m_population->add(std::move(baseline));
    return {};
}

Result<> Engine::loadEvaluations()
{
    EvaluationFilter filter;
    WARPLOOM_TRY(const auto evaluations, m_workspace.evaluations(filter));
    for (const EvaluationRecord& evaluation : evaluations) {
        Member* member = m_population->find(evaluation.variant);
        if (member == nullptr)
            continue;
        if (evaluation.environment != m_environment) {
            const bool better = evaluation.verdict == Verdict::Ok && evaluation.speedup
                && (!m_oldIncumbent || evaluation.speedup->estimate > m_oldIncumbent->speedup->estimate);
            if (better)
                m_oldIncumbent = evaluation;
            continue;
        }
        m_population->record(*member, evaluation);
    }
    for (const auto& member : m_population->members()) {
        if (member->evaluations == 0 && !member->record.parents.empty())
            m_fresh.push_back(member->record.id);
    }
    return {};
}

Result<EvaluationRecord> Engine::evaluateNow(PipelineJob job, std::stop_token stop)
{
    m_lastRecord.reset();
    m_pipeline->submit(std::move(job));
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
    Member& baseline = *m_population->members().front();
    const auto directives = parseDirectives(baseline.record.source, "baseline.cu");
    const Configuration configuration = directives ? directives->defaultConfiguration() : Configuration{};
    WARPLOOM_TRY(CandidateSpec spec,
                 m_rig->prepare(baseline.record.source, m_rig->task().baselineFile, configuration, stop));
    m_baseline = Opponent{spec, std::nullopt};
    {
        const std::lock_guard lock(m_progressMutex);
        m_progress.phase = "baseline";
    }
    publishProgress();
    if (!baseline.isRight()) {
        ++m_submitted;
        PipelineJob job{baseline.record.id, baseline.record.source, configuration};
        job.isBaseline = true;
        WARPLOOM_TRY(const EvaluationRecord record, evaluateNow(std::move(job), stop));
        if (record.verdict != Verdict::Ok)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("the baseline of '{}' is not right: {} ({})", m_rig->task().name, record.message,
                                    verdictName(record.verdict)));
    }
    if (baseline.tuner) {
        // Told above; asked here so that the tuner does not hand it out again.
        const auto ignored = baseline.tuner->tell(configuration, baseline.best->time->estimate);
        if (!ignored)
            spdlog::debug("baseline: {}", ignored.error().toString());
    }
    m_baselineRecord = baseline.best;
    if (!m_bestRecord) {
        m_bestRecord = baseline.best;
        m_incumbent = m_baseline;
    }
    updateOpponents();
    return {};
}

Result<> Engine::remeasureIncumbent(std::stop_token stop)
{
    // The best that this environment knows goes on being the yardstick.
    Member* best = nullptr;
    for (const auto& member : m_population->members()) {
        const bool better = member->isRight() && !member->record.retired && member->best->speedup
            && (best == nullptr || member->best->speedup->estimate > best->best->speedup->estimate);
        if (better)
            best = member.get();
    }
    if (best != nullptr && !best->record.parents.empty()) {
        WARPLOOM_TRY(CandidateSpec spec,
                     m_rig->prepare(best->record.source, "kernel.cu", best->best->configuration, stop));
        considerIncumbent(*best, *best->best, spec);
    }
    if (!m_oldIncumbent)
        return {};
    Member* old = m_population->find(m_oldIncumbent->variant);
    if (old == nullptr || old->isRight())
        return {};
    ++m_submitted;
    WARPLOOM_TRY(const EvaluationRecord ignored,
                 evaluateNow({old->record.id, old->record.source, m_oldIncumbent->configuration}, stop));
    return {};
}

Result<> Engine::confirm(std::stop_token stop)
{
    if (m_rig->facts().modelled || !m_bestRecord || !m_baselineRecord || m_stopRequested || stop.stop_requested())
        return {};
    Member* best = m_population->find(m_bestRecord->variant);
    if (best == nullptr || best->record.parents.empty())
        return {};
    {
        const std::lock_guard lock(m_progressMutex);
        m_progress.phase = "confirming";
    }
    // What is still in flight was timed against the incumbent and counts; the last word is a direct comparison.
    while (m_pipeline->inFlight() > 0 && !m_failure && !stop.stop_requested())
        m_mailbox.runAll(std::chrono::milliseconds(50));
    PipelineJob job{best->record.id, best->record.source, m_bestRecord->configuration};
    job.againstBaseline = true;
    WARPLOOM_TRY(const EvaluationRecord direct, evaluateNow(std::move(job), stop));
    if (direct.verdict == Verdict::Ok)
        m_bestRecord = direct;
    return {};
}

}  // namespace warploom
