// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "BenchJudge.h"

#include <cmath>

#include "variant/LaunchPlan.h"

namespace warploom::test {

namespace {

constexpr int kScalings = 3;
constexpr double kCloseEnough = 0.15;

}  // namespace

Result<CompileRequest> requestFor(const std::string& source, const std::string& architecture,
                                  const Configuration& configuration)
{
    WARPLOOM_TRY(const Directives directives, parseDirectives(source, "kernel.cu"));
    CompileRequest request;
    request.source = source;
    request.architecture = targetArchitecture(architecture, source);
    request.tunables = configuration.empty() ? directives.defaultConfiguration() : configuration;
    request.kernels = kernelNames(directives, request.tunables);
    request.symbols = directives.constantSymbols();
    WARPLOOM_TRY(ChosenFlags flags, directives.compilerFlags(request.tunables));
    request.options = std::move(flags.options);
    return request;
}

Result<std::unique_ptr<BenchJudge>> BenchJudge::start(const std::string& device)
{
    auto bench = std::make_unique<BenchJudge>();
    WARPLOOM_TRY(bench->m_judge, WorkerJudge::start(device, {}));
    WARPLOOM_TRY(bench->m_farm, CompileFarm::start({.workers = 2}));
    return bench;
}

Result<> BenchJudge::open(Task task)
{
    m_task = std::move(task);
    m_noise = {};
    return m_judge->openTask(m_task);
}

Result<CandidateSpec> BenchJudge::compile(const std::string& source)
{
    WARPLOOM_TRY(const CompileRequest request, requestFor(source, facts().architecture));
    WARPLOOM_TRY(auto compiled, m_farm->compile(request, {}));
    if (const auto* failure = std::get_if<CompileFailure>(&compiled))
        return fail(ErrorCode::CompileFailed, failure->log);
    return CandidateSpec{source, "kernel.cu", request.tunables, std::move(std::get<CompileProduct>(compiled))};
}

Result<double> BenchJudge::timeOf(const CandidateSpec& candidate, int rounds)
{
    TimingQuestion question;
    question.incumbent = candidate;
    question.size = "bench";
    question.rounds = rounds;
    question.seed = ++m_seed;
    WARPLOOM_TRY(const TimingReport report, m_judge->time(question, {}));
    if (report.fault)
        return fail(ErrorCode::Internal, report.fault->message);
    std::vector<double> times;
    for (const RoundReport& round : report.rounds) {
        times.push_back(round.before.count());
        times.push_back(round.after.count());
    }
    return median(times);
}

Result<double> BenchJudge::secondsOfLaunches(const CandidateSpec& candidate, int launches)
{
    TimingQuestion question;
    question.incumbent = candidate;
    question.size = "bench";
    question.rounds = launches / 2;
    question.launches = 1;
    question.copies = 0;
    WARPLOOM_TRY(const TimingReport report, m_judge->time(question, {}));
    if (report.fault)
        return fail(ErrorCode::Internal, report.fault->message);
    return report.deviceSeconds;
}

Result<SeriesOutcome> BenchJudge::series(const CandidateSpec& candidate, const CandidateSpec& opponent,
                                         const TimingSettings& settings)
{
    WARPLOOM_TRY(SeriesOutcome outcome,
                 TimingSeries(*m_judge, candidate, opponent, "bench").run(settings, noise(), m_seed, {}, [](int) { }));
    if (outcome.fault)
        return fail(ErrorCode::Internal, outcome.fault->message);
    m_noise.add("bench", outcome.estimate.endDifferences());
    return outcome;
}

Result<CandidateSpec> BenchJudge::openScaled(const ScaledTask& scaled, double microseconds)
{
    // Two thirds of an H100's bandwidth, to begin with.
    double scale = microseconds * 2e6 / scaled.bytesPerStep;
    for (int tries = 1;; ++tries) {
        WARPLOOM_TRY(Task task, scaledTask(scaled, std::llround(scale)));
        WARPLOOM_CHECK(open(std::move(task)));
        WARPLOOM_TRY(CandidateSpec baseline, compile(m_task.baselineSource));
        WARPLOOM_TRY(const double time, timeOf(baseline, 4));
        if (tries == kScalings || std::abs(time / microseconds - 1) < kCloseEnough)
            return baseline;
        scale *= microseconds / time;
    }
}

}  // namespace warploom::test
