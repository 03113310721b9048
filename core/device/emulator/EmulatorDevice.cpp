// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/EmulatorDevice.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "base/Random.h"
#include "device/emulator/DeviceCatalogue.h"
#include "device/emulator/EmulatedModule.h"
#include "device/emulator/GlobalMemory.h"
#include "device/emulator/LaunchChecks.h"
#include "device/emulator/LaunchRunner.h"
#include "device/emulator/TimeModel.h"
#include "device/emulator/WorkerPool.h"

namespace warploom {

namespace {

using namespace emulator;

class EmulatorDevice final : public Device {
public:
    EmulatorDevice(ModelledGpu gpu, unsigned threads)
        : m_gpu(std::move(gpu))
        , m_pool(threads)
        , m_memory(m_gpu.facts.memorySize)
    {
    }

    const DeviceFacts& facts() const override { return m_gpu.facts; }

    Result<DeviceBuffer> allocate(const BufferRequest& request) override
    {
        WARPLOOM_TRY(const Region* region, m_memory.allocate(request.size.value, request.name, request.fillOnTouch));
        return DeviceBuffer{region->begin, request.size, region->id};
    }

    void release(const DeviceBuffer& buffer) override { m_memory.release(buffer.id); }

    /// Writes outside of a buffer end the run that makes them, so no canary can ever break.
    Result<std::optional<std::string>> brokenCanary(const DeviceBuffer& buffer) override
    {
        if (m_memory.find(buffer.address, buffer.size.value) == nullptr)
            return fail(ErrorCode::InvalidArgument, "the buffer is not one of this device");
        return std::optional<std::string>();
    }

    Result<> upload(DeviceAddress to, std::span<const std::byte> data) override
    {
        WARPLOOM_TRY(const auto range, m_memory.range(to, data.size()));
        std::copy(data.begin(), data.end(), range.begin());
        m_memory.markWritten(to, data.size());
        return {};
    }

    Result<> markUnwritten(DeviceAddress address, Bytes size) override
    {
        return m_memory.markUnwritten(address, size.value);
    }

    Result<> download(DeviceAddress from, std::span<std::byte> data) override
    {
        WARPLOOM_TRY(const auto range, m_memory.range(from, data.size()));
        std::copy(range.begin(), range.end(), data.begin());
        return {};
    }

    Result<LoadedModule> load(const CompileProduct& product) override
    {
        WARPLOOM_TRY(auto module, EmulatedModule::load(product, m_memory));
        const LoadedModule loaded{m_nextModule++};
        m_modules.emplace(loaded.id, std::move(module));
        return loaded;
    }

    void unload(LoadedModule module) override { m_modules.erase(module.id); }

    Result<SymbolPlace> symbol(LoadedModule module, const std::string& loweredName) override
    {
        WARPLOOM_TRY(const EmulatedModule* found, findModule(module));
        return found->symbol(loweredName);
    }

    Result<> resetGlobals(LoadedModule module) override
    {
        WARPLOOM_TRY(EmulatedModule * found, findModule(module));
        return found->resetGlobals();
    }

    Result<RunOutcome> run(std::span<const DeviceStep> steps, const RunLimits& limits) override
    {
        const auto deadline = std::chrono::steady_clock::now() + limits.deadline;
        RunOutcome outcome;
        for (const DeviceStep& step : steps) {
            WARPLOOM_CHECK(runStep(step, limits, deadline, outcome));
            if (outcome.fault)
                break;
        }
        return outcome;
    }

    Result<TimingOutcome> time(const TimingRequest&) override
    {
        return fail(ErrorCode::Unsupported, "the emulator models times, it cannot measure them");
    }

    Result<ModelOutcome> model(std::span<const DeviceStep> steps, const CompileProduct& product,
                               const RunLimits& limits) override
    {
        TimeModel model(m_gpu, m_memory, limits);
        for (const DeviceStep& step : steps) {
            if (const auto* launch = std::get_if<LaunchStep>(&step)) {
                WARPLOOM_TRY(const Program* program, findKernel(*launch));
                WARPLOOM_TRY(auto fault, model.addLaunch(*program, *launch, product));
                if (fault)
                    return ModelOutcome{std::move(fault), {}};
            } else if (const auto* zero = std::get_if<ZeroStep>(&step)) {
                model.addTransfer({}, zero->size);
            } else {
                model.addTransfer(std::get<CopyStep>(step).size, std::get<CopyStep>(step).size);
            }
        }
        return ModelOutcome{std::nullopt, model.result()};
    }

private:
    Result<EmulatedModule*> findModule(LoadedModule module) const
    {
        const auto found = m_modules.find(module.id);
        if (found == m_modules.end())
            return fail(ErrorCode::InvalidArgument, fmt::format("module {} is not loaded", module.id));
        return found->second.get();
    }

    Result<const Program*> findKernel(const LaunchStep& launch) const
    {
        WARPLOOM_TRY(const EmulatedModule* module, findModule(launch.module));
        return module->kernel(launch.kernel);
    }

    Result<> runStep(const DeviceStep& step, const RunLimits& limits, std::chrono::steady_clock::time_point deadline,
                     RunOutcome& outcome)
    {
        if (const auto* launch = std::get_if<LaunchStep>(&step))
            return runLaunchStep(*launch, limits, deadline, outcome);
        if (const auto* zero = std::get_if<ZeroStep>(&step)) {
            WARPLOOM_TRY(const auto range, m_memory.range(zero->address, zero->size.value));
            std::fill(range.begin(), range.end(), std::byte{zero->value});
            m_memory.markWritten(zero->address, zero->size.value);
            return {};
        }
        const auto& copy = std::get<CopyStep>(step);
        WARPLOOM_TRY(const auto from, m_memory.range(copy.source, copy.size.value));
        WARPLOOM_TRY(const auto to, m_memory.range(copy.destination, copy.size.value));
        if (!from.empty())
            std::memmove(to.data(), from.data(), from.size());
        m_memory.copyWritten(copy.destination, copy.source, copy.size.value);
        return {};
    }

    Result<> runLaunchStep(const LaunchStep& launch, const RunLimits& limits,
                           std::chrono::steady_clock::time_point deadline, RunOutcome& outcome)
    {
        WARPLOOM_TRY(const Program* program, findKernel(launch));
        WARPLOOM_TRY(LaunchShape shape, launchShape(*program, launch, m_gpu.facts));
        shape.leftovers = mix64(++m_launches) | 1;
        outcome.fault = launchRefusal(*program, launch, m_gpu.facts);
        if (outcome.fault)
            return {};
        RunBudget budget(limits, deadline);
        std::optional<LaunchChecks> checks;
        if (limits.checks)
            checks.emplace(*program, shape, m_memory);
        LaunchResult result = runLaunch(*program, shape, m_memory, m_pool, budget, checks ? &*checks : nullptr);
        WARPLOOM_CHECK(budget.notCancelled());
        outcome.fault = std::move(result.fault);
        outcome.notes.insert(outcome.notes.end(), result.notes.begin(), result.notes.end());
        if (!outcome.fault)
            outcome.counters.push_back(std::move(result.counters));
        return {};
    }

    ModelledGpu m_gpu;
    WorkerPool m_pool;
    GlobalMemory m_memory;
    std::map<std::uint64_t, std::unique_ptr<EmulatedModule>> m_modules;
    std::uint64_t m_nextModule = 1;
    std::uint64_t m_launches = 0;
};

}  // namespace

Result<std::unique_ptr<Device>> makeEmulatorDevice(const EmulatorOptions& options)
{
    WARPLOOM_TRY(ModelledGpu gpu, findModelledGpu(options.gpu));
    const unsigned threads = options.threads != 0 ? options.threads : std::max(std::thread::hardware_concurrency(), 1u);
    return std::unique_ptr<Device>(std::make_unique<EmulatorDevice>(std::move(gpu), threads));
}

std::vector<std::string> emulatorGpuNames() { return modelledGpuNames(); }

}  // namespace warploom
