// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/ChangeSentence.h"
#include "base/Log.h"
#include "engine/Engine.h"
#include "engine/ProfilingShare.h"
#include "engine/RestingLineage.h"
#include "engine/SummedCounts.h"

namespace warploom {

// What limits the baseline, every best and what is confirmed. A run never fails for want of a profile.

namespace {

/// Bests that wait for their turn; before more do, the oldest goes without.
constexpr std::size_t kMostWaiting = 3;

constexpr const char* kShareSpent = "reading counters has had its share of the device's time";

std::string tierLetter(MetricTier tier) { return std::string(1, static_cast<char>('A' + static_cast<int>(tier))); }

/// Of what is missing, what concerns the card's counters.
std::string whyNotCounted(const VariantProfile& profile)
{
    std::string reasons;
    for (const std::string& missing : profile.missing)
        if (missing.starts_with("counters of the card"))
            reasons += (reasons.empty() ? "" : "; ") + missing;
    return reasons.empty() ? "counters of the card: not read" : reasons;
}

/// What agents are told of the figures behind the findings.
void keepFigures(Member& member, const Observation& observation)
{
    member.counts.reset();
    member.metrics.clear();
    for (const ObservedLaunch& launch : observation.launches) {
        if (launch.counts) {
            if (!member.counts)
                member.counts.emplace();
            addCounts(*member.counts, *launch.counts);
        }
        for (const auto& [name, value] : launch.metrics)
            if (name.ends_with(".sum"))
                member.metrics[name] += value;
    }
}

}  // namespace

Result<> Engine::loadProfiles()
{
    if (!m_settings.findings)
        return {};
    return readDiagnoses(m_workspace, m_environment, *m_population);
}

Seconds Engine::profilingTime() const
{
    return m_earlierProfilingTime + (m_pipeline ? m_pipeline->profilingTime() : Seconds(0));
}

Seconds Engine::deviceTime() const
{
    return m_earlierDeviceTime + (m_pipeline ? m_pipeline->deviceTime() : Seconds(0));
}

void Engine::wantProfile(const EvaluationRecord& evaluation, const CandidateSpec& spec)
{
    if (!m_settings.findings)
        return;
    m_toProfile.push_back({evaluation, spec, MetricTier::Summary});
    if (m_toProfile.size() > kMostWaiting) {
        noteMissing("share", m_toProfile.front().evaluation, kShareSpent);
        m_toProfile.pop_front();
    }
    profileNext();
}

/// One at a time, so that what each has taken is known before the next.
void Engine::profileNext()
{
    if (m_toProfile.empty() || m_pipeline->profilesInFlight() > 0 || !hasProfilingShare(profilingTime(), deviceTime()))
        return;
    m_pipeline->submitProfile(std::move(m_toProfile.front()));
    m_toProfile.pop_front();
}

void Engine::forgetWaitingProfiles()
{
    // Otherwise it is the end of the search that has come before them, which needs no word.
    if (!m_toProfile.empty() && !hasProfilingShare(profilingTime(), deviceTime()))
        noteMissing("share", m_toProfile.front().evaluation, kShareSpent);
    m_toProfile.clear();
}

Result<> Engine::profileNow(const Member& member, const EvaluationRecord& evaluation, MetricTier tier,
                            std::stop_token stop)
{
    if (!m_settings.findings)
        return {};
    WARPLOOM_TRY(EvaluationRecord full, m_workspace.evaluation(evaluation.id));
    auto spec = m_rig->prepare(member.record.source, "kernel.cu", evaluation.configuration, stop);
    if (!spec && spec.error().isCancelled())
        return fail(std::move(spec).error());
    if (!spec) {
        noteMissing("compile", evaluation, spec.error().toString());
        return {};
    }
    m_pipeline->submitProfile({std::move(full), std::move(*spec), tier});
    while (m_pipeline->profilesInFlight() > 0 && !m_failure) {
        if (stop.stop_requested() || m_stopRequested)
            return fail(ErrorCode::Cancelled, "stopped");
        m_mailbox.runAll(std::chrono::milliseconds(50));
        publishProgress();
    }
    return m_failure ? fail(*m_failure) : Result<>();
}

void Engine::handleProfile(const ProfileResult& result)
{
    if (m_failure || m_isDropping)
        return;
    Member* member = m_population->find(result.job.evaluation.variant);
    if (member != nullptr)
        keepProfile(*member, result.job.evaluation, result.job.tier, result.profile);
    profileNext();
    publishProgress();
}

void Engine::keepProfile(Member& member, const EvaluationRecord& evaluation, MetricTier tier,
                         const Result<VariantProfile>& profile)
{
    if (!profile) {
        if (!profile.error().isCancelled())
            noteMissing(errorCodeName(profile.error().code), evaluation, profile.error().toString());
        return;
    }
    const bool hasRead = profile->counters && !profile->counters->fault;
    if (!hasRead && !m_rig->facts().modelled)
        noteMissing("counters", evaluation, whyNotCounted(*profile));
    ProfileRecord record;
    record.evaluation = evaluation.id;
    record.variant = member.record.id;
    record.run = m_run.id;
    record.size = profile->size;
    record.tier = hasRead ? tierLetter(tier) : "";
    record.bottleneck = bottleneckName(profile->diagnosis.primary);
    record.diagnosis = profile->diagnosis;
    record.missing = profile->missing;
    const Member* parent = member.record.parents.empty() ? nullptr : m_population->find(member.record.parents.front());
    if (parent != nullptr && parent->diagnosis) {
        record.parent = parent->record.id;
        record.changes = changesJson(compareFindings(*parent->diagnosis, profile->diagnosis));
    }
    member.diagnosis = profile->diagnosis;
    keepFigures(member, profile->observation);
    if (const auto stored = announce(m_workspace.addProfile(record)); !stored)
        failWith(stored.error());
}

/// Said once a run for each kind of reason.
void Engine::noteMissing(std::string_view kind, const EvaluationRecord& evaluation, const std::string& reason)
{
    if (!m_profilesMissing.insert(std::string(kind)).second)
        return;
    const nlohmann::json data = {{"evaluation", evaluation.id}, {"variant", evaluation.variant}, {"reason", reason}};
    if (const auto noted = announce(m_workspace.appendEvent(eventType::kProfileMissing, m_run.id, data)); !noted)
        failWith(noted.error());
    const std::lock_guard lock(m_progressMutex);
    if (m_progress.profileNote.empty())
        m_progress.profileNote = reason;
}

}  // namespace warploom
