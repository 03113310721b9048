// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/Engine.h"

#include <algorithm>

#include "base/Log.h"
#include "engine/PlanOccupancy.h"
#include "engine/SpeedLimit.h"
#include "variant/SourceText.h"

namespace warploom {

namespace {

constexpr std::chrono::milliseconds kTurn{100};

}  // namespace

Engine::Engine(Workspace& workspace, RunPlan plan, std::vector<std::unique_ptr<Agent>> agents, Listener listener)
    : m_workspace(workspace)
    , m_task(std::move(plan.task))
    , m_settings(std::move(plan.settings))
    , m_resumed(std::move(plan.resumed))
    , m_agents(std::move(agents))
    , m_invite(std::move(plan.invite))
    , m_approvals(std::move(plan.approvals))
    , m_listener(std::move(listener))
    , m_redactor(std::move(plan.redactor))
    , m_begin(std::chrono::steady_clock::now())
{
}

Engine::~Engine()
{
    m_desk.reset();
    // Results of what is in flight would come to a mailbox that nobody empties.
    if (m_pipeline)
        m_pipeline->cancel();
    m_rig.reset();
}

Result<std::unique_ptr<Engine>> Engine::start(Workspace& workspace, RunPlan plan,
                                              std::vector<std::unique_ptr<Agent>> agents, Listener listener,
                                              std::stop_token stop)
{
    std::unique_ptr<Engine> engine(new Engine(workspace, std::move(plan), std::move(agents), std::move(listener)));
    WARPLOOM_CHECK(engine->prepare(std::move(stop)));
    return engine;
}

void Engine::post(Command command)
{
    const bool ends = command.kind == Command::Kind::Stop;
    m_mailbox.post([this, command = std::move(command)] { execute(command); });
    // Only then: whoever sees it must find the command in the mailbox.
    if (ends)
        m_stopAsked.request_stop();
}

std::deque<Command> Engine::takeLeftOver()
{
    m_isOver = true;
    // The run has its end in the workspace: no result may follow.
    m_isDropping = true;
    m_mailbox.runAll(std::chrono::milliseconds(0));
    return std::exchange(m_leftOver, {});
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
    dismissQuestions();
    const bool stopped = m_stopRequested || stop.stop_requested();
    if (!outcome && !(stopped && outcome.error().isCancelled())) {
        // Whatever went wrong, the run can be taken up again.
        if (const auto finished = finish(RunState::Interrupted, outcome.error().toString()); !finished)
            spdlog::warn("the run's end could not be stored: {}", finished.error().toString());
        return fail(std::move(outcome).error());
    }
    const std::string reason = stopped ? std::string("stopped") : progress().endReason;
    WARPLOOM_CHECK(finish(stopped ? RunState::Interrupted : RunState::Finished, reason));
    RunProgress last = progress();
    last.questions.clear();
    last.phase = "finished";
    if (const Member* member = m_bestRecord ? m_population->find(m_bestRecord->variant) : nullptr;
        member != nullptr && member->diagnosis)
        last.standing = standingOf(*member->diagnosis);
    return last;
}

Result<> Engine::evolve(std::stop_token stop)
{
    {
        const std::lock_guard lock(m_progressMutex);
        m_progress.phase = "evolving";
    }
    // What people asked for before the run counts from its first candidate on.
    m_mailbox.runAll(std::chrono::milliseconds(0));
    std::string reason;
    while (!m_stopRequested && !stop.stop_requested() && !m_failure) {
        tendDesk();
        const bool moreToDo = fillPipeline(stop);
        // A stop that waits in the mailbox keeps agents from proposing: that is not having nothing left.
        const bool isIdle = m_pipeline->inFlight() == 0 && m_pipeline->profilesInFlight() == 0;
        if (!moreToDo && isIdle && !m_paused && !m_stopAsked.stop_requested()) {
            if (m_submitted >= searchBudget() && m_personsQuestions == 0) {
                reason = "budget";
                break;
            }
            if (m_personsQuestions == 0 && !awaitsAgents()) {
                WARPLOOM_TRY(reason, whyNothingIsLeft());
                break;
            }
        }
        m_mailbox.runAll(kTurn);
        publishProgress();
        // What people submitted, or asked, is worth its answer.
        if (!m_awaited.empty() || m_personsQuestions > 0)
            continue;
        if (isBestAtLimit()) {
            reason = "at the limit";
            break;
        }
        const Seconds elapsed = std::chrono::steady_clock::now() - m_begin;
        if (m_settings.seconds.count() > 0 && elapsed >= m_settings.seconds) {
            reason = "time";
            break;
        }
    }
    m_isOver = true;
    dismissQuestions();
    if (m_failure)
        return fail(*m_failure);
    const std::lock_guard lock(m_progressMutex);
    m_progress.endReason = reason;
    return {};
}

/// Whether nothing that could still be tried would be noticeably faster than the best: it, or what is as fast as it,
/// has been profiled at its limit.
bool Engine::isBestAtLimit()
{
    constexpr double kAsFast = 0.98;
    if (!m_bestRecord || !m_bestRecord->speedup)
        return false;
    const auto isAtLimitToo = [this](const Member& member) {
        return member.diagnosis && member.best && member.best->speedup
            && member.best->speedup->estimate >= kAsFast * m_bestRecord->speedup->estimate
            && isAtLimit(*member.best, *member.diagnosis);
    };
    return m_population->contains(isAtLimitToo);
}

std::int64_t Engine::searchBudget() const
{
    if (m_settings.evaluations == 0)
        return 0;
    // The direct comparison at the end is an evaluation too.
    return std::max<std::int64_t>(1, m_settings.evaluations - (m_rig->facts().modelled ? 0 : 1));
}

bool Engine::fillPipeline(std::stop_token stop)
{
    while (m_pipeline->inFlight() < m_pipeline->depth()) {
        if (m_submitted >= searchBudget() && m_asked.empty())
            return false;
        if (m_paused && m_steps == 0)
            return true;
        auto job = askedJob();
        if (!job && m_submitted < searchBudget())
            job = nextJob(stop);
        if (!job)
            return false;
        if (m_steps > 0)
            --m_steps;
        submit(std::move(*job));
    }
    return true;
}

void Engine::submit(PipelineJob job)
{
    ++m_submitted;
    if (Member* member = m_population->find(job.variant)) {
        ++member->pending;
        member->queued = false;
    }
    m_pipeline->submit(std::move(job));
}

void Engine::handle(PipelineResult result)
{
    if (m_failure || m_isDropping)
        return;
    Member* member = m_population->find(result.job.variant);
    if (member != nullptr && member->pending > 0)
        --member->pending;
    if (result.isOvertaken) {
        --m_submitted;
        // A step that a person asked for has not been made yet.
        if (m_paused)
            ++m_steps;
        result.job.prospect.reset();
        m_overtaken.push_back(std::move(result.job));
        return;
    }
    auto stored = store(result);
    if (!stored) {
        if (!stored.error().isCancelled())
            failWith(stored.error());
        return;
    }
    m_lastRecord = *stored;
    m_awaited.erase(stored->variant);
    if (member == nullptr)
        return;
    if (member->evaluations == 0 && stored->verdict != Verdict::Ok)
        considerRepair(*member, *stored);
    const bool isOwnBest = learn(*member, *stored);
    if (isOwnBest && result.profile)
        keepProfile(*member, *stored, MetricTier::Summary, *result.profile);
    if (const auto fault = opponentFaultOf(*stored))
        dropIncumbent(*fault);
    if (result.spec)
        considerIncumbent(*member, *stored, *result.spec);
    updateBest();
    // Baseline and finalists are waited for where they are evaluated.
    const bool isSearched = !result.job.isBaseline && !result.job.confirms;
    if (isSearched && !stored->modelled && result.spec && m_bestRecord && m_bestRecord->id == stored->id)
        wantProfile(*stored, *result.spec);
    profileNext();
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
    if (result.job.confirms && record.verdict == Verdict::Ok)
        record.provisional = false;
    noteOccupancy(record, m_task, result.job.source, m_rig->facts());
    WARPLOOM_TRY(const Committed committed, announce(m_workspace.addEvaluation(record)));
    record.id = committed.id;
    return record;
}

void Engine::considerIncumbent(const Member& member, const EvaluationRecord& evaluation, const CandidateSpec& spec)
{
    if (evaluation.verdict != Verdict::Ok || !evaluation.speedup || member.record.retired)
        return;
    // A lucky estimate must not become the yardstick: its lower bound has to clear the incumbent's estimate.
    const double toBeat = !m_incumbent ? 0 : m_incumbent->speedup ? m_incumbent->speedup->estimate : 1;
    if (evaluation.speedup->low <= toBeat)
        return;
    m_incumbent = Opponent{spec, evaluation.speedup};
    m_incumbentId = evaluation.variant;
    updateOpponents();
}

/// The incumbent failed beside a candidate: that is its latest verdict, and the baseline stands in for it.
void Engine::dropIncumbent(const OpponentFault& fault)
{
    Member* member = m_population->find(m_incumbentId);
    if (member == nullptr || m_incumbentId == m_baselineId || identityOf(m_incumbent->spec) != fault.identity)
        return;
    EvaluationRecord record;
    record.variant = m_incumbentId;
    record.configuration = m_incumbent->spec.configuration;
    record.environment = m_environment;
    record.run = m_run.id;
    record.modelled = m_rig->facts().modelled;
    record.verdict = fault.fault.verdict;
    record.message = "as the incumbent beside another candidate: " + fault.fault.message;
    record.evidence["fault"] = fault.fault;
    m_incumbent = m_baseline;
    m_incumbentId = m_baselineId;
    updateOpponents();
    const auto stored = announce(m_workspace.addEvaluation(record));
    if (!stored)
        return failWith(stored.error());
    record.id = stored->id;
    ++m_submitted;
    learn(*member, record);
}

void Engine::updateBest()
{
    const EvaluationRecord* best = m_population->best();
    m_bestRecord = best == nullptr ? std::nullopt : std::optional(*best);
    Member* member = best == nullptr ? nullptr : m_population->find(best->variant);
    const std::lock_guard lock(m_progressMutex);
    m_progress.bestTitle = member == nullptr ? std::string() : member->record.title;
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
        m_progress.budget = m_settings.evaluations;
        m_progress.baseline = m_baselineRecord;
        m_progress.best = m_bestRecord;
        m_progress.variants = static_cast<std::int64_t>(m_population->members().size());
        m_progress.elapsed = std::chrono::steady_clock::now() - m_begin;
        m_progress.deviceTime = deviceTime();
        m_progress.agents = m_tallies;
        for (AgentTally& tally : m_progress.agents)
            tally.inFlight = m_desk->inFlight(tally.key);
        m_progress.questions = openQuestions();
        if (m_progress.phase == "evolving" || m_progress.phase == "paused")
            m_progress.phase = m_paused ? "paused" : "evolving";
        copy = m_progress;
    }
    if (m_listener.onProgress)
        m_listener.onProgress(copy);
}

}  // namespace warploom
