// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/CompileFarm.h"

#include <algorithm>
#include <thread>

#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

// Deep templates and constexpr loops can keep a front end busy for ever.
constexpr auto kCompileDeadline = std::chrono::seconds(30);
// NVRTC does not leak, but one worker's memory is bounded for certain this way.
constexpr int kJobsUntilRecycled = 2000;

Result<CompileOutcome> outcomeFrom(Result<nlohmann::json> answer)
{
    if (!answer) {
        const Error& error = answer.error();
        // The compiler died of this source, or the source breaks a rule: the candidate's fault, not the machine's.
        if (error.code != ErrorCode::ProcessFailed && error.code != ErrorCode::Timeout
            && error.code != ErrorCode::InvalidInput)
            return fail(std::move(answer).error());
        CompileFailure failure;
        Diagnostic diagnostic;
        diagnostic.place = error.place;
        Error placeless = error;
        placeless.place = {};
        diagnostic.message = error.code == ErrorCode::Timeout
            ? std::string("the compiler did not finish within 30 seconds")
            : error.code == ErrorCode::ProcessFailed ? "the compiler crashed: " + error.message
                                                     : placeless.toString();
        failure.log = diagnostic.message;
        failure.diagnostics.push_back(std::move(diagnostic));
        return CompileOutcome(std::move(failure));
    }
    if (const auto product = answer->find("product"); product != answer->end())
        return CompileOutcome(product->get<CompileProduct>());
    if (const auto failure = answer->find("failure"); failure != answer->end())
        return CompileOutcome(failure->get<CompileFailure>());
    return fail(ErrorCode::ProtocolViolation, "the compile worker answered neither a product nor a failure");
}

WorkerJob jobFor(const CompileRequest& request)
{
    WorkerJob job;
    job.method = "compile";
    job.params = request;
    job.deadline = kCompileDeadline;
    return job;
}

}  // namespace

Result<std::unique_ptr<CompileFarm>> CompileFarm::start(int workers)
{
    WARPLOOM_TRY(const auto program, locateProgram("warploom-worker"));
    WorkerCommand command;
    command.program = program.string();
    command.arguments = {"compile"};
    command.kind = "compile";
    WorkerPoolOptions options;
    options.workers = workers > 0 ? workers : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    options.recycleAfter = kJobsUntilRecycled;
    auto pool = std::make_unique<WorkerPool>(std::move(command), options);
    return std::unique_ptr<CompileFarm>(new CompileFarm(std::move(pool), options.workers));
}

CompileFarm::~CompileFarm() = default;

Result<CompileOutcome> CompileFarm::compile(const CompileRequest& request, std::stop_token stop)
{
    WorkerJob job = jobFor(request);
    job.stopToken = std::move(stop);
    return outcomeFrom(m_pool->run(std::move(job)));
}

void CompileFarm::compileAsync(const CompileRequest& request, Completion completion)
{
    m_pool->submit(jobFor(request), [completion = std::move(completion)](Result<nlohmann::json> answer) {
        completion(outcomeFrom(std::move(answer)));
    });
}

void CompileFarm::stop() { m_pool->stop(); }

int CompileFarm::workers() const { return m_workers; }

int CompileFarm::busy() const { return m_pool->busy(); }

std::size_t CompileFarm::queued() const { return m_pool->queued(); }

}  // namespace warploom
