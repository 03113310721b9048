// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/Engine.h"

namespace warploom {

// The end of a run: its best is measured again, by processes that have seen nothing of the search.

namespace {

/// How many bests are measured again before the next one stays provisional.
constexpr int kConfirmations = 3;

}  // namespace

/// Ends judge, runners and compile workers with whatever they are doing, and starts others.
Result<> Engine::startAfresh(std::stop_token stop)
{
    m_pipeline->cancel();
    // What was complete before counts.
    m_mailbox.runAll(std::chrono::milliseconds(0));
    forgetWaitingProfiles();
    m_earlierDeviceTime += m_pipeline->deviceTime();
    m_earlierProfilingTime += m_pipeline->profilingTime();
    m_isDropping = true;
    m_rig.reset();
    m_mailbox.runAll(std::chrono::milliseconds(0));
    m_isDropping = false;
    m_pipeline.reset();
    if (m_failure)
        return fail(*m_failure);
    WARPLOOM_CHECK(startRig(stop));
    if (m_baseline)
        m_rig->evaluator().setBaseline(m_baseline->spec);
    makePipeline();
    updateOpponents();
    return {};
}

const EvaluationRecord* Engine::provisionalBest() const
{
    const EvaluationRecord* best = m_population->best();
    return best != nullptr && best->provisional && best->variant != m_baselineId ? best : nullptr;
}

Result<> Engine::confirm(std::stop_token stop)
{
    if (m_rig->facts().modelled || m_stopRequested || stop.stop_requested() || provisionalBest() == nullptr)
        return {};
    {
        const std::lock_guard lock(m_progressMutex);
        m_progress.phase = "confirming";
    }
    publishProgress();
    WARPLOOM_CHECK(startAfresh(stop));
    for (int looks = 0; looks < kConfirmations; ++looks) {
        const EvaluationRecord* best = provisionalBest();
        if (best == nullptr)
            break;
        WARPLOOM_TRY(const Confirmation confirmation, confirm(*best, stop));
        {
            const std::lock_guard lock(m_progressMutex);
            m_progress.confirmations.push_back(confirmation);
        }
        if (confirmation.holds())
            WARPLOOM_CHECK(profileNow(*m_population->find(confirmation.variant), *m_lastRecord, MetricTier::Mix, stop));
    }
    return {};
}

Result<Confirmation> Engine::confirm(EvaluationRecord best, std::stop_token stop)
{
    PipelineJob job{best.variant, m_population->find(best.variant)->record.source, best.configuration};
    job.confirms = true;
    WARPLOOM_TRY(const EvaluationRecord direct, evaluateNow(std::move(job), stop));
    return Confirmation{best.variant,  std::move(best.configuration), best.speedup, direct.speedup, direct.verdict,
                        direct.message};
}

Result<> Engine::finish(RunState state, std::string reason)
{
    if (m_pipeline)
        m_pipeline->cancel();
    {
        const std::lock_guard lock(m_progressMutex);
        m_progress.endReason = std::move(reason);
    }
    WARPLOOM_TRY(const Committed ignored, announce(m_workspace.finishRun(m_run.id, state)));
    publishProgress();
    return {};
}

}  // namespace warploom
