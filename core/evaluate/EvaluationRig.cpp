// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/EvaluationRig.h"

#include <fmt/format.h>

#include "evaluate/EvaluatorParts.h"
#include "evaluate/TrustChecks.h"
#include "protocol/SourceLimits.h"
#include "variant/LaunchPlan.h"

namespace warploom {

Result<std::unique_ptr<EvaluationRig>> EvaluationRig::start(const Task& task, const std::string& device,
                                                            std::stop_token stop)
{
    std::unique_ptr<EvaluationRig> rig(new EvaluationRig());
    rig->m_task = task;
    WARPLOOM_TRY(rig->m_judge, WorkerJudge::start(device, stop));
    WARPLOOM_TRY(rig->m_farm, CompileFarm::start());
    WARPLOOM_CHECK(rig->m_judge->openTask(rig->m_task, stop));
    rig->m_evaluator = std::make_unique<Evaluator>(*rig->m_judge, rig->m_task);
    return rig;
}

EnvironmentRecord EvaluationRig::environment() const
{
    const DeviceFacts& device = m_judge->facts();
    EnvironmentRecord environment;
    environment.device = device.id;
    environment.gpuUuid = device.uuid;
    environment.gpuName = device.name;
    environment.architecture = device.architecture;
    environment.driver = device.driver;
    environment.compiler = m_judge->compiler();
    environment.workerBuild = m_judge->build();
    environment.taskRevision = m_task.revision;
    environment.modelled = device.modelled;
    return environment;
}

Result<CompileRequest> EvaluationRig::compileRequest(const std::string& source, const std::string& fileName,
                                                     const Configuration& configuration) const
{
    if (source.size() > kLargestSource)
        return fail(Error{ErrorCode::InvalidInput,
                          "the source is too large",
                          {fileName, 0, 0},
                          fmt::format("at most {} MiB", kLargestSource / kMiB.value),
                          fmt::format("{} bytes", source.size())});
    WARPLOOM_TRY(const Directives directives, parseDirectives(source, fileName));
    CompileRequest request;
    request.source = source;
    request.fileName = fileName;
    request.architecture = m_judge->facts().architecture;
    request.tunables = configuration;
    request.kernels = kernelNames(directives, configuration);
    request.symbols = directives.constantSymbols();
    WARPLOOM_TRY(ChosenFlags flags, directives.compilerFlags(configuration));
    request.options = std::move(flags.options);
    request.optionPlaces = std::move(flags.places);
    if (request.kernels.empty())
        return fail(Error{ErrorCode::InvalidInput,
                          "the file launches nothing",
                          {fileName, 1, 1},
                          "a directive '// warploom: launch kernel<<<grid, block>>>(arguments)'",
                          "none"});
    return request;
}

Result<EvaluationRecord> EvaluationRig::evaluate(const std::string& source, const std::string& fileName,
                                                 const Configuration& configuration,
                                                 const std::optional<Opponent>& opponent, bool verifyOnly,
                                                 std::stop_token stop, const ProgressSink& progress)
{
    const auto request = compileRequest(source, fileName, configuration);
    if (!request)
        return invalidRecord(request.error(), configuration);
    if (progress)
        progress({"compile", "", 0});
    WARPLOOM_TRY(auto compiled, m_farm->compile(*request, stop));
    if (const auto* failure = std::get_if<CompileFailure>(&compiled)) {
        EvaluationRecord record = Evaluator::compileError(*failure);
        record.configuration = configuration;
        return record;
    }
    const CandidateSpec candidate{source, fileName, configuration, std::move(std::get<CompileProduct>(compiled))};
    WARPLOOM_TRY(EvaluationRecord record,
                 verifyOnly ? m_evaluator->verify(candidate, stop, progress)
                            : m_evaluator->evaluate(candidate, opponent, stop, progress));
    WARPLOOM_CHECK(checkMemory(record, candidate, stop));
    return record;
}

Result<WorkerJudge*> EvaluationRig::emulator(std::stop_token stop)
{
    if (facts().modelled)
        return m_judge.get();
    if (!m_checker) {
        WARPLOOM_TRY(auto checker, WorkerJudge::start("emulator", stop));
        WARPLOOM_CHECK(checker->openTask(m_task, stop));
        // Not before: one without the task must not be taken for ready the next time.
        m_checker = std::move(checker);
    }
    return m_checker.get();
}

Result<ModelReport> EvaluationRig::count(const CandidateSpec& candidate, const std::string& size, std::stop_token stop)
{
    WARPLOOM_TRY(WorkerJudge * counting, emulator(stop));
    auto counted = counting->model(candidate, size, std::move(stop));
    if (counted)
        return counted;
    auto fault = faultOfLostJudge(counted.error(), counting->facts());
    if (!fault)
        return counted;
    return ModelReport{size, {}, std::move(fault)};
}

Result<CounterReport> EvaluationRig::readCounters(const CounterQuestion& question, std::stop_token stop,
                                                  const CounterWorker::Progress& progress)
{
    if (facts().modelled)
        return fail(ErrorCode::Unsupported, "the emulator has no hardware counters: what it counts is exact");
    if (!m_counters)
        m_counters = std::make_unique<CounterWorker>(facts().id, m_task);
    return m_counters->count(question, std::move(stop), progress);
}

Result<InstructionReport> EvaluationRig::readInstructions(const InstructionQuestion& question, std::stop_token stop,
                                                          const CounterWorker::Progress& progress)
{
    if (facts().modelled)
        return fail(ErrorCode::Unsupported, "the emulator has no machine code: it counts by source line");
    if (!m_counters)
        m_counters = std::make_unique<CounterWorker>(facts().id, m_task);
    return m_counters->countInstructions(question, std::move(stop), progress);
}

Result<CaseReport> EvaluationRig::runOnEmulator(const CandidateSpec& candidate, std::stop_token stop)
{
    WARPLOOM_TRY(WorkerJudge * checker, emulator(stop));
    return lookOnEmulator(*checker, m_task, candidate, VerifyQuestion().deadline, std::move(stop));
}

Result<> EvaluationRig::startPreflight(std::stop_token stop)
{
    if (facts().modelled || m_task.emulatorSizes().empty())
        return {};
    WARPLOOM_TRY(m_preflight, Preflight::start(m_task, std::move(stop)));
    return {};
}

Result<> EvaluationRig::checkMemory(EvaluationRecord& record, const CandidateSpec& candidate, std::stop_token stop)
{
    if (record.verdict != Verdict::Ok || facts().modelled)
        return {};
    if (m_task.emulatorSizes().empty()) {
        setCheck(record, 6, trustCheck::kMemoryChecks, CheckState::Pending, "the task has no size for the emulator");
        return {};
    }
    WARPLOOM_TRY(const CaseReport report, runOnEmulator(candidate, std::move(stop)));
    noteLook(record, report);
    return {};
}

Result<CandidateSpec> EvaluationRig::prepare(const std::string& source, const std::string& fileName,
                                             const Configuration& configuration, std::stop_token stop)
{
    WARPLOOM_TRY(const CompileRequest request, compileRequest(source, fileName, configuration));
    WARPLOOM_TRY(auto compiled, m_farm->compile(request, stop));
    if (const auto* failure = std::get_if<CompileFailure>(&compiled))
        return fail(ErrorCode::CompileFailed, Evaluator::compileError(*failure).message);
    return CandidateSpec{source, fileName, configuration, std::move(std::get<CompileProduct>(compiled))};
}

EvaluationRecord invalidRecord(const Error& error, const Configuration& configuration)
{
    EvaluationRecord record;
    record.verdict = Verdict::Invalid;
    record.configuration = configuration;
    record.message = error.toString();
    Fault fault;
    fault.verdict = Verdict::Invalid;
    fault.message = error.message;
    fault.place = error.place;
    record.evidence["fault"] = fault;
    return record;
}

}  // namespace warploom
