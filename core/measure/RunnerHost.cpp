// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/RunnerHost.h"

#include <fmt/format.h>

#include "base/FdPassing.h"
#include "base/Log.h"
#include "measure/RunnerMessages.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kStartDeadline = seconds(30);
// The runner watches the deadline itself; beyond this it is stuck in the driver.
constexpr milliseconds kGrace = seconds(1);

}  // namespace

RunnerHost::RunnerHost(CudaDevice& judge, std::string device)
    : m_judge(judge)
    , m_device(std::move(device))
{
}

RunnerHost::~RunnerHost()
{
    if (m_runner.worker)
        m_runner.worker->kill();
    if (m_spare.valid()) {
        if (const auto spare = m_spare.get())
            spare->worker->kill();
    }
}

Result<std::unique_ptr<RunnerHost>> RunnerHost::start(CudaDevice& judge, std::string device)
{
    std::unique_ptr<RunnerHost> host(new RunnerHost(judge, std::move(device)));
    WARPLOOM_TRY(host->m_runner, launch(host->m_device));
    host->startSpare();
    return host;
}

Result<RunnerHost::Runner> RunnerHost::launch(const std::string& device)
{
    WARPLOOM_TRY(const auto program, locateProgram("warploom-worker"));
    WorkerCommand command;
    command.program = program.string();
    command.arguments = {"runner", device};
    command.kind = "runner";
    command.socketFd = kRunnerSocket;
    Runner runner;
    WARPLOOM_TRY(runner.worker, WorkerClient::start(command, kStartDeadline));
    runner.socket = runner.worker->process()->takeSocket();
    return runner;
}

void RunnerHost::startSpare()
{
    m_spare = std::async(std::launch::async, [device = m_device] { return launch(device); });
}

Result<> RunnerHost::replace()
{
    ++m_generation;
    m_runner.worker->kill();
    // Two contexts of ours on a card that still runs an endless kernel would wait for each other.
    if (!m_runner.worker->process()->waitFor(seconds(10)))
        return fail(ErrorCode::DeviceFailed, "a runner does not die: the driver holds it");
    WARPLOOM_TRY(m_runner, m_spare.get());
    startSpare();
    return {};
}

Result<nlohmann::json> RunnerHost::call(const std::string& method, const nlohmann::json& params, milliseconds deadline)
{
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = deadline;
    auto answer = m_runner.worker->call(method, params, std::move(options));
    if (!answer && !m_runner.worker->isAlive())
        WARPLOOM_CHECK(replace());
    return answer;
}

Result<Fault> RunnerHost::faultOf(const Error& error)
{
    Fault fault;
    fault.sticky = true;
    fault.message = error.message;
    switch (error.code) {
    case ErrorCode::Timeout:
        fault.verdict = Verdict::Timeout;
        fault.message = "the runner did not answer in time and was killed";
        return fault;
    case ErrorCode::ProcessFailed:
        fault.verdict = Verdict::Crashed;
        fault.message = fmt::format("the runner died: {}", error.message);
        return fault;
    default:
        return fail(error);
    }
}

Result<DeviceAddress> RunnerHost::attach(const DeviceBuffer& buffer, const BufferRequest& request)
{
    WARPLOOM_TRY(const int exported, m_judge.exportBuffer(buffer));
    const UniqueFd memory(exported);
    WARPLOOM_CHECK(sendFd(m_runner.socket.get(), memory.get()));
    WARPLOOM_TRY(
        const auto answer,
        call("runner/attach",
             {{"id", buffer.id}, {"size", request.size.value}, {"name", request.name}, {"guarded", request.guarded}}));
    return answer.at("address").get<DeviceAddress>();
}

void RunnerHost::detach(const DeviceBuffer& buffer)
{
    if (const auto answer = call("runner/detach", {{"id", buffer.id}}); !answer)
        spdlog::debug("a runner's buffer could not be unmapped: {}", answer.error().toString());
}

Result<LoadedModule> RunnerHost::load(const CompileProduct& product)
{
    CompileProduct needed = product;
    needed.ptx.clear();
    WARPLOOM_TRY(const auto answer, call("runner/load", {{"product", needed}}));
    return LoadedModule{answer.at("module").get<std::uint64_t>()};
}

void RunnerHost::unload(LoadedModule module)
{
    if (const auto answer = call("runner/unload", {{"module", module.id}}); !answer)
        spdlog::debug("a runner's module could not be unloaded: {}", answer.error().toString());
}

Result<SymbolPlace> RunnerHost::symbol(LoadedModule module, const std::string& loweredName)
{
    WARPLOOM_TRY(const auto answer, call("runner/symbol", {{"module", module.id}, {"name", loweredName}}));
    return SymbolPlace{answer.at("address").get<DeviceAddress>(), {answer.at("size").get<std::uint64_t>()}};
}

Result<> RunnerHost::resetGlobals(LoadedModule module)
{
    WARPLOOM_TRY(const auto answer, call("runner/resetGlobals", {{"module", module.id}}));
    return {};
}

Result<RunOutcome> RunnerHost::run(const std::vector<DeviceStep>& steps, const RunLimits& limits)
{
    const auto answer = call("runner/run", {{"steps", stepsToJson(steps)}, {"deadline_ms", limits.deadline.count()}},
                             limits.deadline + kGrace);
    RunOutcome outcome;
    if (!answer) {
        WARPLOOM_TRY(outcome.fault, faultOf(answer.error()));
        return outcome;
    }
    outcome = runOutcomeFromJson(*answer);
    if (outcome.fault && outcome.fault->sticky)
        WARPLOOM_CHECK(replace());
    return outcome;
}

Result<TimingOutcome> RunnerHost::time(const TimingRequest& request)
{
    const auto answer = call("runner/time",
                             {{"prepare", stepsToJson(request.prepare)},
                              {"timed", stepsToJson(request.timed)},
                              {"cold", request.cold},
                              {"deadline_ms", request.deadline.count()}},
                             request.deadline + kGrace);
    TimingOutcome outcome;
    if (!answer) {
        WARPLOOM_TRY(outcome.fault, faultOf(answer.error()));
        return outcome;
    }
    outcome = timingOutcomeFromJson(*answer);
    if (outcome.fault && outcome.fault->sticky)
        WARPLOOM_CHECK(replace());
    return outcome;
}

}  // namespace warploom
