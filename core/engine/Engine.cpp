// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/Engine.h"

#include <algorithm>

#include "base/Log.h"
#include "variant/SourceText.h"

namespace warploom {

namespace {

constexpr std::chrono::milliseconds kTurn{100};

}  // namespace

Engine::Engine(Workspace& workspace, RunSettings settings)
    : m_workspace(workspace)
    , m_settings(std::move(settings))
    , m_begin(std::chrono::steady_clock::now())
{
}

Engine::~Engine()
{
    // Results of what is in flight would come to a mailbox that nobody empties.
    if (m_pipeline)
        m_pipeline->cancel();
}

Result<std::unique_ptr<Engine>> Engine::start(Workspace& workspace, const Task& task, const RunSettings& settings,
                                              bool resume, std::vector<std::unique_ptr<Agent>> agents,
                                              std::stop_token stop)
{
    std::unique_ptr<Engine> engine(new Engine(workspace, settings));
    engine->m_agents = std::move(agents);
    WARPLOOM_CHECK(engine->prepare(task, resume, std::move(stop)));
    return engine;
}

void Engine::post(Command command)
{
    m_mailbox.post([this, command = std::move(command)] { execute(command); });
}

RunProgress Engine::progress() const
{
    const std::lock_guard lock(m_progressMutex);
    return m_progress;
}

Result<RunProgress> Engine::run(std::stop_token stop)
{
    m_begin = std::chrono::steady_clock::now();
    auto outcome = [&]() -> Result<> {
        WARPLOOM_CHECK(measureBaseline(stop));
        WARPLOOM_CHECK(remeasureIncumbent(stop));
        WARPLOOM_CHECK(evolve(stop));
        return confirm(stop);
    }();
    const bool stopped = m_stopRequested || stop.stop_requested();
    if (!outcome && !(stopped && outcome.error().isCancelled())) {
        // Whatever went wrong, the run can be taken up again.
        if (const auto finished = finish(RunState::Interrupted, outcome.error().toString()); !finished)
            spdlog::warn("the run's end could not be stored: {}", finished.error().toString());
        return fail(std::move(outcome).error());
    }
    const std::string reason = stopped ? std::string("stopped") : progress().endReason;
    WARPLOOM_CHECK(finish(stopped ? RunState::Interrupted : RunState::Finished, reason));
    return progress();
}

Result<> Engine::finish(RunState state, std::string reason)
{
    m_pipeline->cancel();
    {
        const std::lock_guard lock(m_progressMutex);
        m_progress.phase = "finished";
        m_progress.endReason = std::move(reason);
    }
    publishProgress();
    WARPLOOM_TRY(const Committed ignored, announce(m_workspace.finishRun(m_run.id, state)));
    return {};
}

Result<> Engine::evolve(std::stop_token stop)
{
    {
        const std::lock_guard lock(m_progressMutex);
        m_progress.phase = "evolving";
    }
    std::string reason;
    while (!m_stopRequested && !stop.stop_requested() && !m_failure) {
        const bool moreToDo = fillPipeline(stop);
        if (!moreToDo && m_pipeline->inFlight() == 0 && !m_paused) {
            reason = m_submitted >= searchBudget() ? "budget" : "nothing left to try";
            break;
        }
        m_mailbox.runAll(kTurn);
        publishProgress();
        const Seconds elapsed = std::chrono::steady_clock::now() - m_begin;
        if (m_settings.seconds.count() > 0 && elapsed >= m_settings.seconds) {
            reason = "time";
            break;
        }
    }
    if (m_failure)
        return fail(*m_failure);
    const std::lock_guard lock(m_progressMutex);
    m_progress.endReason = reason;
    return {};
}

std::int64_t Engine::searchBudget() const
{
    // The direct comparison at the end is an evaluation too.
    return std::max<std::int64_t>(1, m_settings.evaluations - (m_rig->facts().modelled ? 0 : 1));
}

bool Engine::fillPipeline(std::stop_token stop)
{
    while (m_pipeline->inFlight() < m_pipeline->depth()) {
        if (m_submitted >= searchBudget())
            return false;
        if (m_paused && m_steps == 0)
            return true;
        auto job = nextJob(stop);
        if (!job)
            return false;
        if (m_steps > 0)
            --m_steps;
        ++m_submitted;
        if (Member* member = m_population->find(job->variant))
            ++member->pending;
        m_pipeline->submit(std::move(*job));
    }
    return true;
}

void Engine::handle(PipelineResult result)
{
    if (m_failure)
        return;
    Member* member = m_population->find(result.job.variant);
    if (member != nullptr && member->pending > 0)
        --member->pending;
    auto stored = store(result);
    if (!stored) {
        if (!stored.error().isCancelled())
            failWith(stored.error());
        return;
    }
    m_lastRecord = *stored;
    if (member == nullptr)
        return;
    learn(*member, *stored);
    if (result.spec)
        considerIncumbent(*member, *stored, *result.spec);
    publishProgress();
}

Result<EvaluationRecord> Engine::store(PipelineResult& result)
{
    if (!result.record) {
        const Error& error = result.record.error();
        if (error.code != ErrorCode::ProcessFailed && error.code != ErrorCode::Timeout)
            return fail(error);
        // The judge died or hung during this candidate: its verdict, and the next one gets a fresh judge.
        EvaluationRecord record;
        record.verdict = error.code == ErrorCode::Timeout ? Verdict::Timeout : Verdict::Crashed;
        record.configuration = result.job.configuration;
        record.message = error.toString();
        record.modelled = m_rig->facts().modelled;
        result.record = std::move(record);
    }
    EvaluationRecord& record = *result.record;
    record.variant = result.job.variant;
    record.environment = m_environment;
    record.run = m_run.id;
    WARPLOOM_TRY(const Committed committed, announce(m_workspace.addEvaluation(record)));
    record.id = committed.id;
    return record;
}

void Engine::considerIncumbent(const Member& member, const EvaluationRecord& evaluation, const CandidateSpec& spec)
{
    if (evaluation.verdict != Verdict::Ok || !evaluation.speedup || member.record.retired)
        return;
    if (m_bestRecord && m_bestRecord->id == evaluation.id)
        return;
    // A lucky estimate must not become the yardstick: its lower bound has to clear the incumbent's estimate.
    const double toBeat = m_bestRecord && m_bestRecord->speedup ? m_bestRecord->speedup->estimate : 0;
    if (evaluation.speedup->low <= toBeat)
        return;
    m_bestRecord = evaluation;
    m_incumbent = Opponent{spec, evaluation.speedup};
    {
        const std::lock_guard lock(m_progressMutex);
        m_progress.bestTitle = member.record.title;
    }
    updateOpponents();
}

void Engine::updateOpponents() { m_pipeline->setOpponents(m_incumbent, m_baseline); }

Result<Committed> Engine::announce(Result<Committed> committed)
{
    if (committed && committed->event.sequence != 0 && m_listener.onEvent)
        m_listener.onEvent(committed->event);
    return committed;
}

void Engine::failWith(const Error& error)
{
    if (!m_failure)
        m_failure = error;
}

void Engine::publishProgress()
{
    RunProgress copy;
    {
        const std::lock_guard lock(m_progressMutex);
        m_progress.evaluations = m_run.evaluations;
        m_progress.baseline = m_baselineRecord;
        m_progress.best = m_bestRecord;
        m_progress.variants = static_cast<std::int64_t>(m_population->members().size());
        m_progress.elapsed = std::chrono::steady_clock::now() - m_begin;
        m_progress.deviceTime = m_pipeline->deviceTime();
        if (m_progress.phase == "evolving" || m_progress.phase == "paused")
            m_progress.phase = m_paused ? "paused" : "evolving";
        copy = m_progress;
    }
    if (m_listener.onProgress)
        m_listener.onProgress(copy);
}

}  // namespace warploom
