// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/Pipeline.h"

#include <algorithm>
#include <cmath>

#include "base/Log.h"

namespace warploom {

namespace {

constexpr int kFirstDepth = 6;  ///< before anything is known
constexpr int kReserve = 3;  ///< one at the device, and two that are compiled or about to be
// Slow candidates are what takes longest to evaluate: one that may come to less than a third of the best can wait.
constexpr double kFarAhead = 3;
constexpr double kLately = 0.3;  ///< what the latest counts in a mean

void noteLately(std::atomic<double>& mean, Seconds latest)
{
    const double known = mean;
    mean = known > 0 ? known + kLately * (latest.count() - known) : latest.count();
}

}  // namespace

Pipeline::Pipeline(EvaluationRig& rig, Mailbox& mailbox, Completion completion, Profiled profiled)
    : m_rig(rig)
    , m_mailbox(mailbox)
    , m_completion(std::move(completion))
    , m_profiled(std::move(profiled))
    , m_preflightThread([this](std::stop_token stop) { servePreflight(stop); })
    , m_deviceThread([this](std::stop_token stop) { serveDevice(std::move(stop)); })
{
}

Pipeline::~Pipeline() { cancel(); }

void Pipeline::cancel()
{
    if (m_cancelled.exchange(true))
        return;
    m_deviceThread.request_stop();
    m_preflightThread.request_stop();
    m_rig.farm().stop();
    if (m_preflightThread.joinable())
        m_preflightThread.join();
    if (m_deviceThread.joinable())
        m_deviceThread.join();
}

int Pipeline::depth() const
{
    const int most = 2 * m_rig.farm().workers() + 2;
    const double latency = m_readyLatency;
    const double evaluation = m_evaluationTime;
    if (!(latency > 0) || !(evaluation > 0))
        return std::min(kFirstDepth, most);
    return std::clamp(static_cast<int>(std::min(std::ceil(latency / evaluation), 1e6)) + kReserve, kReserve, most);
}

void Pipeline::setOpponents(std::optional<Opponent> incumbent, std::optional<Opponent> baseline)
{
    const std::lock_guard lock(m_mutex);
    m_incumbent = std::move(incumbent);
    m_baseline = std::move(baseline);
}

void Pipeline::submit(PipelineJob job)
{
    ++m_inFlight;
    job.turn = ++m_turns;
    const auto request = m_rig.compileRequest(job.source, "kernel.cu", job.configuration);
    if (!request) {
        deliver({.job = job, .record = invalidRecord(request.error(), job.configuration)});
        return;
    }
    m_rig.farm().compileAsync(*request,
                              [this, job = std::move(job), submitted = Clock::now()](Result<CompileOutcome> outcome) {
                                  compiled(job, submitted, std::move(outcome));
                              });
}

void Pipeline::submitProfile(ProfileJob job)
{
    ++m_profilesInFlight;
    {
        const std::lock_guard lock(m_mutex);
        m_toProfile.push_back(std::move(job));
    }
    m_changed.notify_all();
}

void Pipeline::compiled(const PipelineJob& job, Clock::time_point submitted, Result<CompileOutcome> outcome)
{
    if (!outcome) {
        deliver({.job = job, .record = fail(std::move(outcome).error())});
        return;
    }
    if (const auto* failure = std::get_if<CompileFailure>(&*outcome)) {
        EvaluationRecord record = Evaluator::compileError(*failure);
        record.configuration = job.configuration;
        deliver({.job = job, .record = std::move(record)});
        return;
    }
    CandidateSpec spec{job.source, "kernel.cu", job.configuration, std::move(std::get<CompileProduct>(*outcome))};
    Ready ready{job, std::move(spec), submitted};
    // What is to be confirmed has been looked at.
    if (m_rig.preflight() == nullptr || job.confirms) {
        makeReady(std::move(ready));
        return;
    }
    {
        const std::lock_guard lock(m_mutex);
        insert(m_toLookAt, std::move(ready));
    }
    m_changed.notify_all();
}

void Pipeline::insert(std::deque<Ready>& queue, Ready ready)
{
    const auto place =
        std::ranges::upper_bound(queue, ready.job.turn, {}, [](const Ready& one) { return one.job.turn; });
    queue.insert(place, std::move(ready));
}

void Pipeline::makeReady(Ready ready)
{
    noteLately(m_readyLatency, Seconds(Clock::now() - ready.submitted));
    {
        const std::lock_guard lock(m_mutex);
        insert(m_ready, std::move(ready));
    }
    m_changed.notify_all();
}

void Pipeline::servePreflight(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        std::unique_lock lock(m_mutex);
        if (!m_changed.wait(lock, stop, [this] { return !m_toLookAt.empty(); }))
            return;
        Ready next = std::move(m_toLookAt.front());
        m_toLookAt.pop_front();
        lock.unlock();
        lookAt(std::move(next), stop);
    }
}

void Pipeline::lookAt(Ready next, const std::stop_token& stop)
{
    auto look = m_rig.preflight()->look(next.spec, stop);
    if (!look) {
        // Without the emulator no candidate may reach a card that asks for it.
        deliver({.job = std::move(next.job), .record = fail(std::move(look).error()), .spec = std::move(next.spec)});
        return;
    }
    if (auto refusal = refusalOf(next.spec, *look)) {
        deliver({.job = std::move(next.job), .record = std::move(*refusal), .spec = std::move(next.spec)});
        return;
    }
    next.look = std::move(*look);
    makeReady(std::move(next));
}

void Pipeline::deliver(PipelineResult result)
{
    if (m_cancelled)
        return;
    m_mailbox.post([this, result = std::move(result)]() mutable {
        --m_inFlight;
        m_completion(std::move(result));
    });
}

std::optional<Opponent> Pipeline::opponentFor(const PipelineJob& job)
{
    if (job.isBaseline)
        return std::nullopt;
    const std::lock_guard lock(m_mutex);
    return job.confirms || !m_incumbent ? m_baseline : m_incumbent;
}

bool Pipeline::isOvertaken(const PipelineJob& job) const
{
    return job.prospect && m_fastest > kFarAhead * std::max(job.prospect->hoped, job.prospect->bestThen);
}

void Pipeline::serveDevice(std::stop_token stop)
{
    while (!stop.stop_requested()) {
        std::unique_lock lock(m_mutex);
        if (!m_changed.wait(lock, stop, [this] { return !m_ready.empty() || !m_toProfile.empty(); }))
            return;
        if (!m_toProfile.empty()) {
            ProfileJob job = std::move(m_toProfile.front());
            m_toProfile.pop_front();
            lock.unlock();
            profile(std::move(job), stop);
        } else {
            Ready next = std::move(m_ready.front());
            m_ready.pop_front();
            lock.unlock();
            if (isOvertaken(next.job))
                deliver({.job = std::move(next.job), .isOvertaken = true});
            else
                evaluate(std::move(next), stop);
        }
    }
}

void Pipeline::evaluate(Ready next, const std::stop_token& stop)
{
    const auto begin = std::chrono::steady_clock::now();
    m_rig.evaluator().setConfirming(next.job.confirms);
    auto record = m_rig.evaluator().evaluate(next.spec, opponentFor(next.job), stop);
    if (record && record->verdict == Verdict::Ok && next.look)
        noteLook(*record, *next.look);
    if (record && record->verdict == Verdict::Ok && record->speedup)
        m_fastest = std::max(m_fastest, record->speedup->low);
    // Costs too much for every candidate.
    if (record && next.job.confirms) {
        if (const auto checked = m_rig.checkMemory(*record, next.spec, stop); !checked)
            spdlog::warn("the best is not looked at on the emulator: {}", checked.error().toString());
    }
    std::optional<Result<VariantProfile>> profile;
    if (m_profiled && record && record->verdict == Verdict::Ok && m_rig.facts().modelled)
        profile = profileEvaluated(m_rig, *record, next.spec, MetricTier::Summary, stop);
    const Seconds spent = std::chrono::steady_clock::now() - begin;
    m_deviceSeconds = m_deviceSeconds + spent.count();
    noteLately(m_evaluationTime, spent);
    deliver({.job = std::move(next.job),
             .record = std::move(record),
             .spec = std::move(next.spec),
             .profile = std::move(profile)});
}

void Pipeline::profile(ProfileJob job, const std::stop_token& stop)
{
    const auto begin = std::chrono::steady_clock::now();
    auto profile = profileEvaluated(m_rig, job.evaluation, job.spec, job.tier, stop);
    const Seconds spent = std::chrono::steady_clock::now() - begin;
    m_deviceSeconds = m_deviceSeconds + spent.count();
    m_profilingSeconds = m_profilingSeconds + spent.count();
    if (m_cancelled)
        return;
    m_mailbox.post([this, result = ProfileResult{std::move(job), std::move(profile)}]() mutable {
        --m_profilesInFlight;
        m_profiled(std::move(result));
    });
}

}  // namespace warploom
