// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Evaluator.h"

#include <chrono>

#include <fmt/format.h>

#include "base/Hash.h"
#include "evaluate/EvaluatorParts.h"
#include "evaluate/TrustChecks.h"

namespace warploom {

namespace {

/// A record with what is known before anything ran.
EvaluationRecord startRecord(const CandidateSpec& candidate, const DeviceFacts& facts)
{
    EvaluationRecord record;
    record.configuration = candidate.configuration;
    record.modelled = facts.modelled;
    record.resources = candidate.product.kernels;
    record.verdict = Verdict::Ok;
    addCheck(record, 0, trustCheck::kCompiled, CheckState::Passed, candidate.product.compiler);
    return record;
}

std::string placed(const SourcePlace& place, const std::string& message)
{
    const std::string text = place.toString();
    return text.empty() ? message : fmt::format("{}: {}", text, message);
}

}  // namespace

void reportStep(const ProgressSink& progress, const char* stage, const std::string& size, int rounds)
{
    if (progress)
        progress({stage, size, rounds});
}

void failAt(EvaluationRecord& record, const char* what, const std::string& size, const Fault& fault)
{
    record.verdict = fault.verdict;
    record.message = fmt::format("while {} at size '{}': {}", what, size, placed(fault.place, fault.message));
    record.evidence["fault"] = fault;
    // Right when it was verified and wrong when it was timed is another matter than a fault.
    if (fault.verdict == Verdict::Wrong || fault.verdict == Verdict::Nondeterministic)
        addCheck(record, 5, trustCheck::kTimedOutputs, CheckState::Failed, record.message);
    else
        addCheck(record, 1, trustCheck::kRunsWhenTimed, CheckState::Failed, record.message);
    record.provisional = false;
}

std::string identityOf(const CandidateSpec& candidate)
{
    HashBuilder hash;
    hash.add(candidate.source).add(configurationText(candidate.configuration));
    return hash.hex();
}

std::optional<OpponentFault> opponentFaultOf(const EvaluationRecord& record)
{
    const auto found = record.evidence.find("opponent_fault");
    if (found == record.evidence.end())
        return std::nullopt;
    return OpponentFault{found->value("identity", ""), found->value("fault", Fault{})};
}

Evaluator::Evaluator(JudgeClient& judge, const Task& task)
    : m_judge(judge)
    , m_task(task)
{
}

std::optional<Fault> faultOfLostJudge(const Error& error, const DeviceFacts& facts)
{
    if (!facts.modelled || (error.code != ErrorCode::ProcessFailed && error.code != ErrorCode::Timeout))
        return std::nullopt;
    Fault fault;
    fault.verdict = error.code == ErrorCode::Timeout ? Verdict::Timeout : Verdict::Crashed;
    fault.message = fmt::format("the judge was lost: {}", error.message);
    return fault;
}

EvaluationRecord Evaluator::compileError(const CompileFailure& failure)
{
    EvaluationRecord record;
    record.verdict = Verdict::CompileError;
    record.trust = 0;
    for (const Diagnostic& diagnostic : failure.diagnostics) {
        if (diagnostic.severity == Diagnostic::Severity::Error && record.message.empty())
            record.message = placed(diagnostic.place, diagnostic.message);
    }
    if (record.message.empty())
        record.message = failure.log.substr(0, 400);
    record.evidence = {{"diagnostics", failure.diagnostics}, {"log", failure.log.substr(0, 16384)}};
    addCheck(record, 0, trustCheck::kCompiled, CheckState::Failed, record.message);
    return record;
}

Result<EvaluationRecord> Evaluator::verify(const CandidateSpec& candidate, std::stop_token stop,
                                           const ProgressSink& progress)
{
    const auto begin = std::chrono::steady_clock::now();
    EvaluationRecord record = startRecord(candidate, m_judge.facts());
    WARPLOOM_CHECK(verifyInto(record, candidate, stop, progress));
    record.costSeconds = Seconds(std::chrono::steady_clock::now() - begin).count();
    return record;
}

Result<EvaluationRecord> Evaluator::evaluate(const CandidateSpec& candidate, const std::optional<Opponent>& opponent,
                                             std::stop_token stop, const ProgressSink& progress)
{
    const auto begin = std::chrono::steady_clock::now();
    EvaluationRecord record = startRecord(candidate, m_judge.facts());
    WARPLOOM_CHECK(verifyInto(record, candidate, stop, progress));
    if (record.verdict == Verdict::Ok)
        WARPLOOM_CHECK(compareInto(record, candidate, opponent, stop, progress));
    if (record.verdict == Verdict::Ok)
        WARPLOOM_CHECK(checkTimes(record, candidate, stop, progress));
    record.costSeconds = Seconds(std::chrono::steady_clock::now() - begin).count();
    return record;
}

Result<> Evaluator::compareInto(EvaluationRecord& record, const CandidateSpec& candidate,
                                const std::optional<Opponent>& opponent, std::stop_token stop,
                                const ProgressSink& progress)
{
    if (!opponent || !opponent->speedup)
        m_baseline = opponent ? opponent->spec : candidate;
    std::optional<Opponent> beside = opponent;
    std::optional<OpponentFault> failed;
    while (true) {
        const auto known = beside ? m_failed.find(identityOf(beside->spec)) : m_failed.end();
        if (known != m_failed.end()) {
            failed = OpponentFault{known->first, known->second};
            if (!m_baseline || identityOf(*m_baseline) == failed->identity)
                return fail(Error{ErrorCode::InvalidInput,
                                  fmt::format("the kernel of '{}' that others are compared with fails: {}", m_task.name,
                                              failed->fault.message),
                                  failed->fault.place,
                                  {},
                                  {}});
            beside = Opponent{*m_baseline, std::nullopt};
        }
        EvaluationRecord attempt = record;
        WARPLOOM_TRY(auto fault,
                     m_judge.facts().modelled ? modelInto(attempt, candidate, beside, stop, progress)
                                              : timeInto(attempt, candidate, beside, stop, progress));
        if (!fault) {
            record = std::move(attempt);
            break;
        }
        m_failed[identityOf(beside->spec)] = std::move(*fault);
    }
    if (failed)
        record.evidence["opponent_fault"] = {{"identity", failed->identity}, {"fault", failed->fault}};
    return {};
}

Result<ModelReport> Evaluator::modelSize(const CandidateSpec& candidate, const std::string& size, std::stop_token stop)
{
    auto modelled = m_judge.model(candidate, size, stop);
    if (modelled)
        return modelled;
    auto fault = faultOfLostJudge(modelled.error(), m_judge.facts());
    if (!fault)
        return modelled;
    return ModelReport{size, {}, std::move(fault)};
}

Result<std::optional<double>> Evaluator::modelledTimeOf(const CandidateSpec& opponent, std::stop_token stop,
                                                        Fault& fault)
{
    const std::string identity = identityOf(opponent);
    if (const auto known = m_modelled.find(identity); known != m_modelled.end())
        return std::optional(known->second);
    std::vector<double> times;
    for (const TaskSize* size : m_task.timeSizes()) {
        WARPLOOM_TRY(ModelReport modelled, modelSize(opponent, size->name, stop));
        if (modelled.fault) {
            fault = std::move(*modelled.fault);
            return std::optional<double>();
        }
        times.push_back(modelled.modelled.time.count());
    }
    m_modelled[identity] = geometricMean(times);
    return std::optional(m_modelled[identity]);
}

Result<std::optional<Fault>> Evaluator::modelInto(EvaluationRecord& record, const CandidateSpec& candidate,
                                                  const std::optional<Opponent>& opponent, std::stop_token stop,
                                                  const ProgressSink& progress)
{
    auto evidence = nlohmann::json::array();
    std::vector<double> times;
    for (const TaskSize* size : m_task.timeSizes()) {
        reportStep(progress, "model", size->name);
        WARPLOOM_TRY(const ModelReport modelled, modelSize(candidate, size->name, stop));
        if (modelled.fault) {
            failAt(record, "modelled", size->name, *modelled.fault);
            return std::optional<Fault>();
        }
        times.push_back(modelled.modelled.time.count());
        evidence.push_back({{"size", size->name}, {"modelled", modelled.modelled}});
    }
    const double time = geometricMean(times);
    double speedup = 1;
    if (opponent) {
        Fault fault;
        WARPLOOM_TRY(const auto opponentTime, modelledTimeOf(opponent->spec, stop, fault));
        if (!opponentTime)
            return std::optional(std::move(fault));
        speedup = (opponent->speedup ? opponent->speedup->estimate : 1) * *opponentTime / time;
    }
    m_modelled[identityOf(candidate)] = time;
    record.time = Interval{time, time, time};
    record.speedup = Interval{speedup, speedup, speedup};
    record.modelled = true;
    record.evidence["model"] = std::move(evidence);
    return std::optional<Fault>();
}

}  // namespace warploom
