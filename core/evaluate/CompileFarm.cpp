// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/CompileFarm.h"

#include <algorithm>
#include <system_error>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>

#include "protocol/BoundedJson.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

// NVRTC does not leak, but one worker's memory is bounded for certain this way.
constexpr int kJobsUntilRecycled = 2000;
constexpr Bytes kLeastMemory{std::uint64_t{1} << 30};
constexpr Bytes kMostMemory{std::uint64_t{4} << 30};

/// What one of \p workers may hold, so that all of them together leave the machine alive.
Bytes shareOfMemory(int workers)
{
    const auto pages = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
    const auto pageSize = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return std::clamp(Bytes{pages * pageSize / static_cast<std::uint64_t>(workers)}, kLeastMemory, kMostMemory);
}

/// A sentence if the source is to blame that there is no answer, not the machine.
std::optional<std::string> blameOfSource(const Error& error, const CompileFarmOptions& options)
{
    switch (error.code) {
    case ErrorCode::Timeout:
        return fmt::format("the compiler did not finish within {:g} seconds", Seconds(options.deadline).count());
    case ErrorCode::OutOfMemory:
        return fmt::format("the compiler needed more memory than the {} MiB it may use",
                           options.mostMemory.value / kMiB.value);
    case ErrorCode::ProcessFailed:
    case ErrorCode::ProtocolViolation:
        return "the compiler crashed: " + error.message;
    case ErrorCode::InvalidInput:
    case ErrorCode::CompileFailed: {
        Error placeless = error;
        placeless.place = {};
        return placeless.toString();
    }
    default:
        return std::nullopt;
    }
}

template <typename T>
Result<CompileOutcome> outcomeOf(const nlohmann::json& json)
{
    WARPLOOM_TRY(T value, valueFromJson<T>(json));
    return CompileOutcome(std::move(value));
}

Result<CompileOutcome> readOutcome(const nlohmann::json& answer)
{
    if (const auto product = answer.find("product"); product != answer.end())
        return outcomeOf<CompileProduct>(*product);
    if (const auto failure = answer.find("failure"); failure != answer.end())
        return outcomeOf<CompileFailure>(*failure);
    return fail(ErrorCode::ProtocolViolation, "the compile worker answered neither a product nor a failure");
}

Result<CompileOutcome> outcomeFrom(Result<nlohmann::json> answer, const CompileFarmOptions& options)
{
    if (!answer) {
        auto blame = blameOfSource(answer.error(), options);
        if (!blame)
            return fail(std::move(answer).error());
        CompileFailure failure;
        Diagnostic diagnostic;
        diagnostic.place = answer.error().place;
        diagnostic.message = std::move(*blame);
        failure.log = diagnostic.message;
        failure.diagnostics.push_back(std::move(diagnostic));
        return CompileOutcome(std::move(failure));
    }
    auto outcome = readOutcome(*answer);
    if (outcome)
        return outcome;
    return outcomeFrom(fail(std::move(outcome).error()), options);
}

}  // namespace

Result<std::unique_ptr<CompileFarm>> CompileFarm::start(const CompileFarmOptions& wanted)
{
    CompileFarmOptions options = wanted;
    if (options.workers <= 0)
        options.workers = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    if (options.mostMemory.value == 0)
        options.mostMemory = shareOfMemory(2 * options.workers);
    WARPLOOM_TRY(const auto program, locateProgram("warploom-worker"));
    WorkerCommand command;
    command.program = program.string();
    command.arguments = {"compile"};
    command.kind = "compile";
    command.mostMemory = options.mostMemory;
    WorkerPoolOptions pool;
    pool.workers = options.workers;
    pool.reserves = options.workers;
    pool.recycleAfter = kJobsUntilRecycled;
    try {
        return std::unique_ptr<CompileFarm>(
            new CompileFarm(std::make_unique<WorkerPool>(std::move(command), pool), options));
    } catch (const std::system_error& error) {
        return fail(ErrorCode::IoFailed, fmt::format("no thread can be had for compile workers: {}", error.what()));
    }
}

CompileFarm::~CompileFarm() = default;

WorkerJob CompileFarm::jobFor(const CompileRequest& request) const
{
    WorkerJob job;
    job.method = "compile";
    job.params = request;
    job.deadline = m_options.deadline;
    // The first death may have had another cause, like a kill from outside.
    job.retries = 1;
    return job;
}

Result<CompileOutcome> CompileFarm::compile(const CompileRequest& request, std::stop_token stop)
{
    WorkerJob job = jobFor(request);
    job.stopToken = std::move(stop);
    return outcomeFrom(m_pool->run(std::move(job)), m_options);
}

void CompileFarm::compileAsync(const CompileRequest& request, Completion completion)
{
    m_pool->submit(jobFor(request),
                   [completion = std::move(completion), options = m_options](Result<nlohmann::json> answer) {
                       completion(outcomeFrom(std::move(answer), options));
                   });
}

void CompileFarm::stop() { m_pool->stop(); }

int CompileFarm::workers() const { return m_options.workers; }

int CompileFarm::busy() const { return m_pool->busy(); }

std::size_t CompileFarm::queued() const { return m_pool->queued(); }

WorkerPoolCounters CompileFarm::counters() const { return m_pool->counters(); }

}  // namespace warploom
