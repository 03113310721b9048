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
    , m_taskParams(nlohmann::json::object({{"files", task.files()}}))
{
}

Result<std::shared_ptr<WorkerClient>> CounterWorker::start(std::stop_token stop) const
{
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
    return worker;
}

template <typename Report>
Result<Report> CounterWorker::ask(WorkerClient& worker, const char* method, nlohmann::json params,
                                  const std::string& size, milliseconds deadline, std::stop_token stop,
                                  const Progress& progress)
{
    params["size"] = size;
    params["deadline_ms"] = deadline.count();
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = kCounterOverhead + kMostPasses * deadline;
    options.stopToken = stop;
    options.onProgress = [&progress](const nlohmann::json& value) {
        if (progress && value.is_object())
            progress(value.value("pass", 0), value.value("passes", 0));
    };
    const auto answer = worker.call(method, params, std::move(options));
    if (answer)
        return valueFromJson<Report>(*answer);
    if (answer.error().code != ErrorCode::ProcessFailed && answer.error().code != ErrorCode::Timeout)
        return fail(answer.error());
    Report report;
    report.size = size;
    report.fault = lostWith(answer.error());
    return report;
}

Result<CounterReport> CounterWorker::count(const CounterQuestion& question, std::stop_token stop,
                                           const Progress& progress)
{
    if (!m_worker || !m_worker->isAlive()) {
        WARPLOOM_TRY(m_worker, start(stop));
    }
    const nlohmann::json params = {
        {"candidate", question.candidate}, {"metrics", question.metrics}, {"cold", question.cold}};
    auto report = ask<CounterReport>(*m_worker, "count/read", params, question.size, question.deadline, std::move(stop),
                                     progress);
    // A candidate that has broken the context, or the worker, spoils every later one.
    if (!report || report->fault)
        m_worker.reset();
    return report;
}

Result<InstructionReport> CounterWorker::countInstructions(const InstructionQuestion& question, std::stop_token stop,
                                                           const Progress& progress)
{
    // Two processes cannot hold the counters at once.
    if (m_worker && !m_worker->call("count/release", nlohmann::json::object()))
        m_worker.reset();
    WARPLOOM_TRY(const auto worker, start(stop));
    const nlohmann::json params = {{"candidate", question.candidate},
                                   {"figure", instructionFigureName(question.figure)}};
    return ask<InstructionReport>(*worker, "count/instructions", params, question.size, question.deadline,
                                  std::move(stop), progress);
}

}  // namespace warploom
