// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/Mailbox.h"
#include "engine/VariantProfile.h"
#include "evaluate/EvaluationRig.h"
#include "protocol/Records.h"

namespace warploom {

/// Why a job was chosen, in times as fast as the baseline.
struct Prospect {
    double hoped = 1;  ///< what it may come to, going by its parent and its agent
    double bestThen = 1;  ///< when it was chosen
};

/// One configuration to be evaluated.
struct PipelineJob {
    VariantId variant = 0;
    std::string source;
    Configuration configuration;
    bool confirms = false;  ///< in a fresh process, timed directly against the baseline, not against the incumbent
    bool isBaseline = false;  ///< the baseline itself: an A/A series
    std::optional<Prospect> prospect = {};  ///< absent: evaluated whatever has been found meanwhile
    std::uint64_t turn = 0;  ///< given by submit(): what was wanted first is evaluated first of what is compiled
};

struct PipelineResult {
    PipelineJob job;
    Result<EvaluationRecord> record = EvaluationRecord{};
    std::optional<CandidateSpec> spec;  ///< compiled; absent when it did not compile
    /// Not evaluated: what was found after it had been chosen is far ahead of what it may come to.
    bool isOvertaken = false;
    /// Of what is right and was modelled, for its evidence holds the counts; absent otherwise, or when not asked for.
    std::optional<Result<VariantProfile>> profile;
};

/// One evaluation whose counters are to be read.
struct ProfileJob {
    EvaluationRecord evaluation;  ///< in full
    CandidateSpec spec;
    MetricTier tier = MetricTier::Summary;
};

struct ProfileResult {
    ProfileJob job;
    Result<VariantProfile> profile = VariantProfile{};
};

/// Compiles ahead on all cores while one thread keeps the device busy; where the rig has a pre-flight, another looks at
/// each candidate before the device gets it. Results come back through the engine's mailbox.
/// Has to outlive the rig, whose compile workers may still report to it when they are cancelled.
class Pipeline {
public:
    using Completion = std::function<void(PipelineResult)>;
    using Profiled = std::function<void(ProfileResult)>;

    /// \p profiled absent: nothing is profiled.
    Pipeline(EvaluationRig& rig, Mailbox& mailbox, Completion completion, Profiled profiled = {});
    /// Cancels what runs; no completion is called any more.
    ~Pipeline();

    /// From the engine's thread.
    void submit(PipelineJob job);
    /// From the engine's thread. Comes before the jobs that wait for the device, on the thread that has them timed:
    /// nothing is timed meanwhile, while compiling goes on.
    void submitProfile(ProfileJob job);
    [[nodiscard]] int profilesInFlight() const { return m_profilesInFlight; }
    /// Whom later jobs are timed against.
    void setOpponents(std::optional<Opponent> incumbent, std::optional<Opponent> baseline);
    [[nodiscard]] int inFlight() const { return m_inFlight; }
    /// Jobs worth having in flight: enough that compiling never starves the device, and no more, for what is chosen
    /// later is chosen knowing more.
    [[nodiscard]] int depth() const;
    /// Time the device has been at work, by the wall clock.
    [[nodiscard]] Seconds deviceTime() const { return Seconds(m_deviceSeconds.load()); }
    /// Part of it that jobs of submitProfile() took.
    [[nodiscard]] Seconds profilingTime() const { return Seconds(m_profilingSeconds.load()); }
    /// Cancels, once and for all; results of what was in flight are dropped.
    void cancel();

private:
    using Clock = std::chrono::steady_clock;

    struct Ready {
        PipelineJob job;
        CandidateSpec spec;
        Clock::time_point submitted;
        std::optional<CaseReport> look = {};  ///< of the pre-flight
    };

    void compiled(const PipelineJob& job, Clock::time_point submitted, Result<CompileOutcome> outcome);
    void deliver(PipelineResult result);
    /// In the order in which jobs were submitted.
    static void insert(std::deque<Ready>& queue, Ready ready);
    void makeReady(Ready ready);
    void servePreflight(const std::stop_token& stop);
    void lookAt(Ready next, const std::stop_token& stop);
    void serveDevice(std::stop_token stop);
    void evaluate(Ready next, const std::stop_token& stop);
    void profile(ProfileJob job, const std::stop_token& stop);
    std::optional<Opponent> opponentFor(const PipelineJob& job);
    [[nodiscard]] bool isOvertaken(const PipelineJob& job) const;

    EvaluationRig& m_rig;
    Mailbox& m_mailbox;
    Completion m_completion;
    Profiled m_profiled;
    int m_inFlight = 0;
    int m_profilesInFlight = 0;
    std::uint64_t m_turns = 0;
    std::atomic<double> m_readyLatency{0};  ///< seconds from submitted to ready, lately; 0: nothing was ready
    std::atomic<double> m_evaluationTime{0};  ///< seconds that the device was at one, lately
    std::atomic<double> m_deviceSeconds{0};
    std::atomic<double> m_profilingSeconds{0};
    std::atomic<bool> m_cancelled{false};
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<Ready> m_toLookAt;
    std::deque<Ready> m_ready;
    std::deque<ProfileJob> m_toProfile;
    double m_fastest = 1;  ///< of the device thread: what it has found, in times as fast as the baseline
    std::optional<Opponent> m_incumbent;
    std::optional<Opponent> m_baseline;
    std::jthread m_preflightThread;
    std::jthread m_deviceThread;  ///< these last: they use everything above
};

}  // namespace warploom
