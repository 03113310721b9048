// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/CounterWorker.h"

#include <fmt/format.h>

#include "protocol/BoundedJson.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kCounterStartDeadline = seconds(60);
/// Fills and the reference of a large size take long the first time.
constexpr milliseconds kCounterOverhead = seconds(120);
/// No set of metrics of ours needs more.
constexpr int kMostPasses = 64;

Fault lostWith(const Error& error)
{
    Fault fault;
    fault.verdict = error.code == ErrorCode::Timeout ? Verdict::Timeout : Verdict::Crashed;
    fault.message = fmt::format("while its counters were read: {}", error.message);
    return fault;
}

}  // namespace

CounterWorker::CounterWorker(std::string device, const Task& task)
    : m_device(std::move(device))
    , m_taskParams({{"files", task.files()}})
{
}

Result<> CounterWorker::start(std::stop_token stop)
{
    if (m_worker && m_worker->isAlive())
        return {};
    WARPLOOM_TRY(const auto program, locateProgram("warploom-worker"));
    WorkerCommand command;
    command.program = program.string();
    command.arguments = {"profile", m_device};
    command.kind = "profile";
    WARPLOOM_TRY(auto worker, WorkerClient::start(command, kCounterStartDeadline, stop));
    const nlohmann::json& capabilities = worker->identity().capabilities;
    if (const auto failure = capabilities.find("failure"); failure != capabilities.end())
        return fail(Error{errorCodeFromName(failure->value("code", "")), failure->value("message", ""), {}, {}, {}});
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = kCounterOverhead;
    options.stopToken = stop;
    WARPLOOM_TRY(const auto opened, worker->call("count/openTask", m_taskParams, std::move(options)));
    m_worker = std::move(worker);
    return {};
}

Result<CounterReport> CounterWorker::count(const CounterQuestion& question, std::stop_token stop,
                                           const Progress& progress)
{
    WARPLOOM_CHECK(start(stop));
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = kCounterOverhead + kMostPasses * question.deadline;
    options.stopToken = stop;
    options.onProgress = [&progress](const nlohmann::json& value) {
        if (progress && value.is_object())
            progress(value.value("pass", 0), value.value("passes", 0));
    };
    const auto answer = m_worker->call("count/read",
                                       {{"candidate", question.candidate},
                                        {"size", question.size},
                                        {"metrics", question.metrics},
                                        {"cold", question.cold},
                                        {"deadline_ms", question.deadline.count()}},
                                       std::move(options));
    if (!answer) {
        if (answer.error().code != ErrorCode::ProcessFailed && answer.error().code != ErrorCode::Timeout)
            return fail(answer.error());
        m_worker.reset();
        CounterReport report;
        report.size = question.size;
        report.fault = lostWith(answer.error());
        return report;
    }
    auto report = valueFromJson<CounterReport>(*answer);
    // A candidate that has broken the context, or the worker, spoils every later one.
    if (!report || report->fault)
        m_worker.reset();
    return report;
}

}  // namespace warploom
