// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CudaDevice.h"

#include <algorithm>
#include <utility>

#include "device/cuda/CudaContext.h"
#include "device/cuda/CudaCounters.h"
#include "device/cuda/CudaFacts.h"
#include "device/cuda/CudaMemory.h"
#include "device/cuda/CudaModules.h"
#include "device/cuda/CudaQueue.h"
#include "device/cuda/CudaTimer.h"

namespace warploom {

namespace {

/// Steps queued before waiting in between: a full queue would block the host behind an endless kernel.
constexpr std::size_t kStepsInFlight = 256;

}  // namespace

/// In the order in which they depend on each other; destroyed from the end.
struct CudaDevice::Parts {
    Parts(std::unique_ptr<CudaContext> made, DeviceFacts read)
        : context(std::move(made))
        , facts(std::move(read))
        , memory(*context)
        , modules(*context, facts.architecture, facts.driver)
        , queue(*context, memory, modules)
        , timer(*context, queue, modules, facts)
        , counters(*context, queue, modules, timer, facts)
    {
    }

    std::unique_ptr<CudaContext> context;
    DeviceFacts facts;
    CudaMemory memory;
    CudaModules modules;
    CudaQueue queue;
    CudaTimer timer;
    CudaCounters counters;
};

CudaDevice::CudaDevice(std::unique_ptr<Parts> parts)
    : m_parts(std::move(parts))
{
}

CudaDevice::~CudaDevice() = default;

const DeviceFacts& CudaDevice::facts() const { return m_parts->facts; }

int CudaDevice::cudaVersion() const { return m_parts->context->driver().cudaVersion; }

Result<DeviceBuffer> CudaDevice::allocate(const BufferRequest& request) { return m_parts->memory.allocate(request); }

void CudaDevice::release(const DeviceBuffer& buffer) { m_parts->memory.release(buffer); }

Result<std::optional<std::string>> CudaDevice::brokenCanary(const DeviceBuffer& buffer)
{
    return m_parts->memory.brokenCanary(buffer);
}

Result<> CudaDevice::upload(DeviceAddress to, std::span<const std::byte> data)
{
    return m_parts->memory.upload(to, data);
}

Result<> CudaDevice::download(DeviceAddress from, std::span<std::byte> data)
{
    return m_parts->memory.download(from, data);
}

Result<LoadedModule> CudaDevice::load(const CompileProduct& product) { return m_parts->modules.load(product); }

void CudaDevice::unload(LoadedModule module) { m_parts->modules.unload(module); }

Result<SymbolPlace> CudaDevice::symbol(LoadedModule module, const std::string& loweredName)
{
    return m_parts->modules.symbol(module, loweredName);
}

Result<> CudaDevice::resetGlobals(LoadedModule module) { return m_parts->modules.resetGlobals(module); }

Result<RunOutcome> CudaDevice::run(std::span<const DeviceStep> steps, const RunLimits& limits)
{
    const auto deadline = std::chrono::steady_clock::now() + limits.deadline;
    WARPLOOM_TRY(auto fault, m_parts->queue.prepare(steps));
    for (std::size_t at = 0; at < steps.size() && !fault; at += kStepsInFlight) {
        const auto chunk = steps.subspan(at, std::min(kStepsInFlight, steps.size() - at));
        WARPLOOM_TRY(auto refused, m_parts->queue.enqueueAll(chunk));
        if (refused && refused->sticky)
            return RunOutcome{std::move(refused), {}};
        WARPLOOM_TRY(fault, m_parts->queue.wait(deadline, CudaQueue::kernelNames(chunk), limits.stop));
        if (!fault)
            fault = std::move(refused);
    }
    return RunOutcome{std::move(fault), {}};
}

Result<TimingOutcome> CudaDevice::time(const TimingRequest& request) { return m_parts->timer.time(request); }

Result<ModelOutcome> CudaDevice::model(std::span<const DeviceStep> /*steps*/, const CompileProduct& /*product*/,
                                       const RunLimits& /*limits*/)
{
    return fail(ErrorCode::Unsupported, "a GPU measures times, it does not model them");
}

Result<CounterReport> CudaDevice::count(const CounterRequest& request) { return m_parts->counters.count(request); }

Result<InstructionReport> CudaDevice::countInstructions(const InstructionRequest& request)
{
    return m_parts->counters.countInstructions(request);
}

void CudaDevice::releaseCounters() { m_parts->counters.release(); }

Result<> CudaDevice::openCounters() { return m_parts->counters.open(); }

Result<int> CudaDevice::exportBuffer(const DeviceBuffer& buffer) { return m_parts->memory.exportFrom(buffer); }

Result<DeviceBuffer> CudaDevice::importBuffer(int fd, const BufferRequest& request, Access access)
{
    return m_parts->memory.importFrom(fd, request, access == Access::ReadOnly);
}

Result<std::unique_ptr<CudaDevice>> makeCudaDevice(int ordinal, const std::string& driverLibrary)
{
    WARPLOOM_TRY(const CudaDriver driver, CudaDriver::open({driverLibrary}));
    WARPLOOM_TRY(DeviceFacts facts, readCudaFacts(driver, ordinal));
    facts.driver = nvidiaDriverVersion();
    WARPLOOM_TRY(auto context, CudaContext::create(driver, ordinal));
    return std::unique_ptr<CudaDevice>(
        new CudaDevice(std::make_unique<CudaDevice::Parts>(std::move(context), std::move(facts))));
}

}  // namespace warploom
