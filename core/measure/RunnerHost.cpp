// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/RunnerHost.h"

#include <condition_variable>
#include <mutex>
#include <system_error>

#include <fmt/format.h>

#include "base/FdPassing.h"
#include "base/Log.h"
#include "measure/RunnerMessages.h"
#include "workers/StartBackOff.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

using Clock = std::chrono::steady_clock;

/// False when a stop was requested meanwhile.
bool sleepFor(std::chrono::milliseconds pause, const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, stop, pause, [] { return false; });
    return !stop.stop_requested();
}

/// A runner that stands by answers at once; one that does not is replaced in a third of a second.
constexpr std::chrono::milliseconds kReadyDeadline{100};

/// Errors after which nobody knows what state the runner is in.
bool spoils(const Error& error)
{
    switch (error.code) {
    case ErrorCode::Timeout:
    case ErrorCode::ProcessFailed:
    case ErrorCode::Cancelled:
    case ErrorCode::DeviceFailed:
        return true;
    default:
        return false;
    }
}

}  // namespace

RunnerHost::RunnerHost(CudaDevice& judge, RunnerSettings settings)
    : m_judge(judge)
    , m_settings(std::move(settings))
{
}

RunnerHost::~RunnerHost()
{
    m_stop.request_stop();
    if (m_runner.worker)
        m_runner.worker->kill();
    if (m_spare.valid()) {
        if (const auto spare = m_spare.get())
            spare->worker->kill();
    }
}

Result<std::unique_ptr<RunnerHost>> RunnerHost::start(CudaDevice& judge, const std::string& device)
{
    WARPLOOM_TRY(const auto program, locateProgram("warploom-worker"));
    RunnerSettings settings;
    settings.command.program = program.string();
    settings.command.arguments = {"runner", device};
    settings.command.kind = "runner";
    return start(judge, std::move(settings));
}

Result<std::unique_ptr<RunnerHost>> RunnerHost::start(CudaDevice& judge, RunnerSettings settings)
{
    std::unique_ptr<RunnerHost> host(new RunnerHost(judge, std::move(settings)));
    host->m_settings.command.socketFd = kRunnerSocket;
    WARPLOOM_TRY(host->m_runner, host->launchPatiently(host->m_stop.get_token()));
    host->startSpare();
    return host;
}

int RunnerHost::runnerPid() const { return m_runner.worker && !m_lost ? m_runner.worker->pid() : 0; }

Result<RunnerHost::Runner> RunnerHost::launch(const std::stop_token& stop) const
{
    Runner runner;
    WARPLOOM_TRY(runner.worker, WorkerClient::start(m_settings.command, m_settings.startDeadline, stop));
    runner.socket = runner.worker->process()->takeSocket();
    return runner;
}

Result<RunnerHost::Runner> RunnerHost::launchPatiently(const std::stop_token& stop) const
{
    StartBackOff backOff(m_settings.attempts, m_settings.firstPause, m_settings.longestPause);
    while (true) {
        auto runner = launch(stop);
        if (runner || runner.error().isCancelled())
            return runner;
        spdlog::warn("a runner did not start: {}", runner.error().toString());
        const auto pause = backOff.failed(runner.error(), Clock::now());
        if (!pause)
            return fail(ErrorCode::DeviceFailed,
                        fmt::format("no runner can be started: {}", runner.error().toString()));
        if (!sleepFor(*pause, stop))
            return fail(ErrorCode::Cancelled, "the start of a runner was cancelled");
    }
}

void RunnerHost::startSpare()
{
    try {
        m_spare = std::async(std::launch::async, [this] { return launchPatiently(m_stop.get_token()); });
    } catch (const std::system_error& error) {
        spdlog::warn("no thread for a spare runner: {}", error.what());
    }
}

bool RunnerHost::answers(const Runner& runner) const
{
    if (!runner.worker->isAlive())
        return false;
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = kReadyDeadline;
    const auto answer = runner.worker->call("runner/ready", nlohmann::json::object(), std::move(options));
    if (answer || !spoils(answer.error()))
        return true;
    runner.worker->kill();
    return false;
}

Result<RunnerHost::Runner> RunnerHost::takeSpare()
{
    if (m_spare.valid()) {
        auto spare = m_spare.get();
        if (spare && answers(*spare))
            return spare;
        spdlog::warn("the spare runner is of no use: {}",
                     spare ? "it has ended while it stood by" : spare.error().toString());
    }
    return launchPatiently(m_stop.get_token());
}

void RunnerHost::lose()
{
    if (m_lost)
        return;
    m_lost = true;
    ++m_generation;
    m_runner.worker->kill();
}

Result<> RunnerHost::replace()
{
    lose();
    // Two contexts of ours on a card that still runs an endless kernel would wait for each other.
    if (m_runner.worker && !m_runner.worker->process()->waitFor(m_settings.dying))
        return fail(ErrorCode::DeviceFailed, "a runner does not die: the driver holds it");
    m_runner = {};
    WARPLOOM_TRY(m_runner, takeSpare());
    m_lost = false;
    startSpare();
    return {};
}

void RunnerHost::replaceNow()
{
    if (const auto replaced = replace(); !replaced)
        spdlog::warn("the runner could not be replaced: {}", replaced.error().toString());
}

Result<> RunnerHost::requireRunner()
{
    if (!m_lost && m_runner.worker->isAlive())
        return {};
    WARPLOOM_CHECK(replace());
    return fail(ErrorCode::ProcessFailed, "the runner had ended before it was asked for anything");
}

Result<nlohmann::json> RunnerHost::call(const std::string& method, const nlohmann::json& params, CallOptions options)
{
    WARPLOOM_CHECK(requireRunner());
    auto answer = m_runner.worker->call(method, params, std::move(options));
    if (answer)
        return answer;
    if (answer.error().code == ErrorCode::ProtocolViolation)
        answer.error().code = ErrorCode::ProcessFailed;
    if (spoils(answer.error()) || !m_runner.worker->isAlive())
        replaceNow();
    return answer;
}

Result<nlohmann::json> RunnerHost::call(const std::string& method, const nlohmann::json& params)
{
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = m_settings.callDeadline;
    return call(method, params, std::move(options));
}

Result<Fault> RunnerHost::faultOf(const Error& error)
{
    if (error.code != ErrorCode::Timeout)
        return fail(error);
    Fault fault;
    fault.sticky = true;
    fault.verdict = Verdict::Timeout;
    fault.message = "the runner did not answer in time and was killed";
    return fault;
}

Result<DeviceAddress> RunnerHost::attach(const DeviceBuffer& buffer, const BufferRequest& request)
{
    WARPLOOM_CHECK(requireRunner());
    WARPLOOM_TRY(const int exported, m_judge.exportBuffer(buffer));
    const UniqueFd memory(exported);
    if (const auto sent = sendFd(m_runner.socket.get(), memory.get()); !sent) {
        replaceNow();
        return fail(ErrorCode::ProcessFailed, fmt::format("the runner takes no memory: {}", sent.error().message));
    }
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
    WARPLOOM_CHECK(requireRunner());
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = limits.deadline + m_settings.grace;
    options.stopToken = limits.stop;
    const auto answer = call("runner/run", {{"steps", stepsToJson(steps)}, {"deadline_ms", limits.deadline.count()}},
                             std::move(options));
    RunOutcome outcome;
    if (!answer) {
        WARPLOOM_TRY(outcome.fault, faultOf(answer.error()));
        return outcome;
    }
    outcome = runOutcomeFromJson(*answer);
    if (outcome.fault && outcome.fault->sticky)
        replaceNow();
    return outcome;
}

Result<TimingOutcome> RunnerHost::time(const TimingRequest& request)
{
    WARPLOOM_CHECK(requireRunner());
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = request.deadline + m_settings.grace;
    auto reset = nlohmann::json::array();
    for (const LoadedModule module : request.reset)
        reset.push_back(module.id);
    const auto answer = call("runner/time",
                             {{"reset", std::move(reset)},
                              {"prepare", stepsToJson(request.prepare)},
                              {"timed", stepsToJson(request.timed)},
                              {"plans", request.plans},
                              {"cold", request.cold},
                              {"deadline_ms", request.deadline.count()}},
                             std::move(options));
    TimingOutcome outcome;
    if (!answer) {
        WARPLOOM_TRY(outcome.fault, faultOf(answer.error()));
        return outcome;
    }
    outcome = timingOutcomeFromJson(*answer);
    if (outcome.fault && outcome.fault->sticky)
        replaceNow();
    return outcome;
}

}  // namespace warploom
