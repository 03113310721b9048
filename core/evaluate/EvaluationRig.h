// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "evaluate/CompileFarm.h"
#include "evaluate/CounterWorker.h"
#include "evaluate/Evaluator.h"
#include "evaluate/Preflight.h"
#include "evaluate/WorkerJudge.h"

namespace warploom {

/// Everything it takes to evaluate candidates of one task on one device: compile workers and a judge with the task
/// open.
class EvaluationRig {
public:
    /// \p device "emulator" or "cuda:N".
    static Result<std::unique_ptr<EvaluationRig>> start(const Task& task, const std::string& device,
                                                        std::stop_token stop);

    [[nodiscard]] const Task& task() const { return m_task; }
    [[nodiscard]] WorkerJudge& judge() { return *m_judge; }
    [[nodiscard]] CompileFarm& farm() { return *m_farm; }
    [[nodiscard]] Evaluator& evaluator() { return *m_evaluator; }
    [[nodiscard]] const DeviceFacts& facts() const { return m_judge->facts(); }
    /// What figures taken here are bound to.
    [[nodiscard]] EnvironmentRecord environment() const;

    /// What to compile for one configuration of a source; InvalidInput for bad directives.
    [[nodiscard]] Result<CompileRequest> compileRequest(const std::string& source, const std::string& fileName,
                                                        const Configuration& configuration) const;
    /// Compiles and evaluates (or only verifies) one configuration, waiting for each step. Bad directives are a record
    /// with verdict `invalid`, compile errors one with `compile-error`.
    Result<EvaluationRecord> evaluate(const std::string& source, const std::string& fileName,
                                      const Configuration& configuration, const std::optional<Opponent>& opponent,
                                      bool verifyOnly, std::stop_token stop, const ProgressSink& progress = {});
    /// Level 6 of a candidate that is right on a GPU: the same on the emulator's small sizes, where every access is
    /// checked. What is found there is the record's verdict; what cannot be emulated stays open. Only a failure to run
    /// the emulator at all is an Error.
    Result<> checkMemory(EvaluationRecord& record, const CandidateSpec& candidate, std::stop_token stop);
    /// The candidate on the emulator's small sizes: the first case that it fails, else the last.
    Result<CaseReport> runOnEmulator(const CandidateSpec& candidate, std::stop_token stop);
    /// From now on candidates may be looked at before the card runs them; does nothing where that is the emulator
    /// itself or the task has no size for it.
    Result<> startPreflight(std::stop_token stop);
    /// Null before startPreflight(). Of the thread that looks, while others use the rest of the rig.
    [[nodiscard]] Preflight* preflight() { return m_preflight.get(); }
    /// What the candidate does at one of the task's time sizes, as the emulator counts it from sampled blocks: where
    /// the device's own counters cannot be read. The report's fault says why it cannot be counted.
    Result<ModelReport> count(const CandidateSpec& candidate, const std::string& size, std::stop_token stop);
    /// The card's own counters of the candidate at one of the task's sizes; Unsupported on the emulator. Not while
    /// anything is timed here.
    Result<CounterReport> readCounters(const CounterQuestion& question, std::stop_token stop,
                                       const CounterWorker::Progress& progress = {});
    /// The same, instruction by instruction; without lines.
    Result<InstructionReport> readInstructions(const InstructionQuestion& question, std::stop_token stop,
                                               const CounterWorker::Progress& progress = {});
    /// Compiles one configuration for use as an opponent.
    Result<CandidateSpec> prepare(const std::string& source, const std::string& fileName,
                                  const Configuration& configuration, std::stop_token stop);

private:
    EvaluationRig() = default;

    /// The judge where it is an emulator, else another one, started when it is first needed.
    Result<WorkerJudge*> emulator(std::stop_token stop);

    Task m_task;
    std::unique_ptr<WorkerJudge> m_checker;  ///< an emulator beside a card
    std::unique_ptr<Preflight> m_preflight;
    std::unique_ptr<CounterWorker> m_counters;  ///< started when it is first needed
    std::unique_ptr<CompileFarm> m_farm;
    std::unique_ptr<WorkerJudge> m_judge;
    std::unique_ptr<Evaluator> m_evaluator;
};

/// A record for a source whose directives cannot be used.
EvaluationRecord invalidRecord(const Error& error, const Configuration& configuration);

}  // namespace warploom
