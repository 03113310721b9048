// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "TestSupport.h"
#include "compile/CachedCompiler.h"
#include "device/emulator/EmulatorDevice.h"
#include "measure/Judge.h"
#include "task/TaskLoader.h"

namespace warploom::test {

/// Runs candidates on the judge's own device, and loses its runner, refuses or faults where the test says so.
class ScriptedHost : public InProcessHost {
public:
    explicit ScriptedHost(Device& device)
        : InProcessHost(device)
        , m_device(device)
    {
    }

    std::deque<Error> loadErrors;  ///< of the next loads, first one first
    std::function<Result<RunOutcome>(const std::vector<DeviceStep>&)> onRun;  ///< in the place of the next run, once
    std::function<Result<TimingOutcome>(const TimingRequest&, int)> onTime;  ///< with the number of the call, from 0
    int loads = 0;
    Microseconds timedAs{1000};  ///< of every timed run, where the test does not say otherwise
    std::string notBatched;  ///< why this host plays no batches
    std::vector<int> plans;  ///< of every timed run

    [[nodiscard]] std::uint64_t generation() const override { return m_generation; }
    void loseRunner() { ++m_generation; }

    Result<LoadedModule> load(const CompileProduct& product) override
    {
        ++loads;
        if (loadErrors.empty())
            return InProcessHost::load(product);
        Error error = loadErrors.front();
        loadErrors.pop_front();
        if (error.code == ErrorCode::ProcessFailed || error.code == ErrorCode::Timeout)
            loseRunner();
        return fail(std::move(error));
    }
    Result<RunOutcome> run(const std::vector<DeviceStep>& steps, const RunLimits& limits) override
    {
        if (!onRun)
            return InProcessHost::run(steps, limits);
        return std::exchange(onRun, nullptr)(steps);
    }
    Result<TimingOutcome> time(const TimingRequest& request) override
    {
        for (const auto* steps : {&request.prepare, &request.timed}) {
            WARPLOOM_TRY(RunOutcome outcome, m_device.run(*steps, {}));
            if (outcome.fault)
                return TimingOutcome{std::move(outcome.fault), {}, true, {}};
        }
        plans.push_back(request.plans);
        if (onTime)
            return onTime(request, m_timed++);
        TimingOutcome outcome{std::nullopt, timedAs, true, {}};
        if (request.plans > 1)
            outcome.notBatched = notBatched;
        return outcome;
    }

private:
    Device& m_device;
    std::uint64_t m_generation = 1;
    int m_timed = 0;
};

/// A judge of `vector_add` on the emulator, with candidates on a scripted host.
class JudgeBench {
public:
    JudgeBench()
    {
        auto compilerOpened = CachedCompiler::open();
        auto deviceMade = makeEmulatorDevice({"h100", 2});
        auto taskLoaded = loadTask(sourceFolder() / "kernels" / "vector_add");
        if (!compilerOpened || !deviceMade || !taskLoaded)
            qFatal("no compiler, emulator or task");
        compiler.emplace(std::move(*compilerOpened));
        device = std::move(*deviceMade);
        host = std::make_unique<ScriptedHost>(*device);
        judge = std::make_unique<Judge>(*device, *host, *compiler, [this] { return reading; });
        baseline = compiled(taskLoaded->baselineSource);
        if (const auto opened = judge->openTask(*taskLoaded); !opened)
            qFatal("%s", opened.error().toString().c_str());
    }

    CandidateSpec compiled(const std::string& source)
    {
        const Directives directives = parseDirectives(source, "kernel.cu").value();
        CompileRequest request;
        request.source = source;
        request.architecture = device->facts().architecture;
        request.tunables = directives.defaultConfiguration();
        request.kernels = kernelNames(directives, request.tunables);
        const CompileOutcome outcome = compiler->compile(request).value();
        return {source, "kernel.cu", request.tunables, std::get<CompileProduct>(outcome)};
    }

    CandidateSpec faulty(const std::string& name)
    {
        return compiled(readFile(sourceFolder() / "tests/fixtures/faulty" / (name + ".cu")));
    }

    Result<CaseReport> verify(const CandidateSpec& candidate, const RunLimits& limits = {})
    {
        CaseOrder order;
        order.size = "emulator_ragged";
        return judge->verify(candidate, order, limits);
    }

    Result<TimingReport> time(const CandidateSpec& candidate, const std::string& size = "emulator_ragged")
    {
        TimingOrder order;
        order.incumbent = baseline;
        order.candidates = {candidate};
        order.size = size;
        order.rounds = 4;
        return judge->time(order, [](int) { return true; });
    }

    std::optional<CachedCompiler> compiler;
    std::unique_ptr<Device> device;
    std::unique_ptr<ScriptedHost> host;
    std::unique_ptr<Judge> judge;
    CandidateSpec baseline;
    SensorReading reading;
};

inline Error lostRunner(ErrorCode code = ErrorCode::ProcessFailed) { return {code, "it is gone", {}, {}, {}}; }

}  // namespace warploom::test
