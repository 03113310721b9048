// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/LaunchRunner.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "device/emulator/Occupancy.h"

namespace warploom::emulator {

namespace {

std::optional<Fault> refuse(std::string message, const char* deviceError)
{
    Fault fault;
    fault.verdict = Verdict::LaunchError;
    fault.message = std::move(message);
    fault.deviceError = deviceError;
    return fault;
}

constexpr std::uint64_t kMostGridX = 0x7fffffff;
constexpr std::uint64_t kMostGridYz = 65535;
constexpr std::uint32_t kMostBlockZ = 64;
constexpr std::uint64_t kMostLocalBytesOfBlock = 256 << 20;

/// What one worker brings home.
struct WorkerResult {
    std::optional<Fault> fault;
    std::uint64_t faultBlock = ~std::uint64_t{0};
    std::vector<PcCounters> counters;
};

void add(std::vector<PcCounters>& sum, const std::vector<PcCounters>& part)
{
    for (std::size_t pc = 0; pc < part.size(); ++pc) {
        sum[pc].issued += part[pc].issued;
        sum[pc].lanes += part[pc].lanes;
        sum[pc].requests += part[pc].requests;
        sum[pc].sharedRequests += part[pc].sharedRequests;
        sum[pc].sectors += part[pc].sectors;
        sum[pc].wavefronts += part[pc].wavefronts;
        sum[pc].ideal += part[pc].ideal;
        sum[pc].divergent += part[pc].divergent;
    }
}

void addMemory(LaunchCounters& total, const InstructionInfo& info, const PcCounters& count)
{
    if (info.space == PtxSpace::Local) {
        total.localSectors += count.sectors;
        return;
    }
    // Generic accesses count where they went: wavefronts tell shared memory from global.
    total.sharedWavefronts += count.wavefronts;
    total.sharedLoadWavefronts += info.access == AccessKind::Load ? count.wavefronts : 0;
    total.sharedStoreWavefronts += info.access == AccessKind::Store ? count.wavefronts : 0;
    total.sharedBankConflicts += count.wavefronts - count.ideal;
    total.sharedRequests += count.sharedRequests;
    if (count.sectors == 0)
        return;
    if (info.access == AccessKind::Load) {
        total.globalLoadRequests += count.requests;
        total.globalLoadSectors += count.sectors;
        total.globalLoadBytes += count.lanes * info.accessBytes * info.pieces;
    } else {
        total.globalStoreRequests += count.requests;
        total.globalStoreSectors += count.sectors;
        total.globalStoreBytes += count.lanes * info.accessBytes * info.pieces;
    }
    if (info.access != AccessKind::Atomic)
        return;
    total.globalAtomics += count.lanes;
    total.globalAtomicRequests += count.requests;
}

/// Where the warp instructions of a pipe are counted.
std::uint64_t LaunchCounters::* fieldOf(Pipe pipe)
{
    switch (pipe) {
    case Pipe::Integer:
    case Pipe::IntegerSum:
    case Pipe::IntegerProduct:
        return &LaunchCounters::integerInstructions;
    case Pipe::Single:
        return &LaunchCounters::singleInstructions;
    case Pipe::Double:
        return &LaunchCounters::doubleInstructions;
    case Pipe::Half:
        return &LaunchCounters::halfInstructions;
    case Pipe::Tensor:
        return &LaunchCounters::tensorInstructions;
    case Pipe::Special:
        return &LaunchCounters::specialInstructions;
    case Pipe::Memory:
        return &LaunchCounters::memoryInstructions;
    case Pipe::None:
    case Pipe::Control:
        break;
    }
    return &LaunchCounters::controlInstructions;
}

void addToLine(LineCounters& line, const InstructionInfo& info, const PcCounters& count)
{
    line.warpInstructions += count.issued;
    line.threadInstructions += count.lanes;
    line.sharedBankConflicts += count.wavefronts - count.ideal;
    line.divergentBranches += count.divergent;
    line.doubleInstructions += info.pipe == Pipe::Double ? count.issued : 0;
    if (info.space == PtxSpace::Local) {
        line.localSectors += count.sectors;
        return;
    }
    line.globalSectors += count.sectors;
    line.globalRequests += count.sectors > 0 ? count.requests : 0;
}

}  // namespace

std::optional<Fault> launchRefusal(const Program& program, const LaunchStep& step, const DeviceFacts& facts)
{
    const Extent3& block = step.block;
    if (block.count() == 0 || step.grid.count() == 0)
        return refuse(fmt::format("grid {}×{}×{}, block {}×{}×{}: an extent is 0", step.grid.x, step.grid.y,
                                  step.grid.z, block.x, block.y, block.z),
                      "CUDA_ERROR_INVALID_VALUE");
    if (block.x > facts.maxThreadsPerBlock || block.y > facts.maxThreadsPerBlock || block.z > kMostBlockZ
        || block.count() > facts.maxThreadsPerBlock)
        return refuse(fmt::format("a block of {}×{}×{} has {} threads: at most {} are possible (64 along z)", block.x,
                                  block.y, block.z, block.count(), facts.maxThreadsPerBlock),
                      "CUDA_ERROR_INVALID_VALUE");
    if (step.grid.x > kMostGridX || step.grid.y > kMostGridYz || step.grid.z > kMostGridYz)
        return refuse(fmt::format("a grid of {}×{}×{} is too large: 2147483647×65535×65535 is possible", step.grid.x,
                                  step.grid.y, step.grid.z),
                      "CUDA_ERROR_INVALID_VALUE");
    const std::uint64_t shared = program.staticShared + step.dynamicShared.value;
    if (shared > facts.sharedPerBlockOptIn.value)
        return refuse(fmt::format("{} bytes of shared memory a block: at most {} are possible", shared,
                                  facts.sharedPerBlockOptIn.value),
                      "CUDA_ERROR_INVALID_VALUE");
    if (program.mostThreads != 0 && block.count() > program.mostThreads)
        return refuse(fmt::format("a block of {} threads: {} was compiled for at most {}", block.count(), program.name,
                                  program.mostThreads),
                      "CUDA_ERROR_INVALID_VALUE");
    const BlockNeeds needs{static_cast<std::uint32_t>(block.count()), program.registers, shared};
    if (registersOfBlock(needs) > kMostRegistersOfBlock)
        return refuse(fmt::format("a block of {} threads with {} registers each: at most {} registers are possible",
                                  block.count(), program.registers, kMostRegistersOfBlock),
                      "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES");
    if (program.localBytes * block.count() > kMostLocalBytesOfBlock)
        return refuse(fmt::format("{} bytes of local memory a thread are too many for {} threads", program.localBytes,
                                  block.count()),
                      "CUDA_ERROR_OUT_OF_MEMORY");
    if (step.cluster.count() != 1 || step.cooperative) {
        Fault fault;
        fault.verdict = Verdict::NotEmulated;
        fault.message =
            step.cooperative ? "cooperative launches are not emulated" : "thread block clusters are not emulated";
        return fault;
    }
    return std::nullopt;
}

Result<LaunchShape> launchShape(const Program& program, const LaunchStep& step, const DeviceFacts& facts)
{
    if (step.arguments.size() != program.parameters.size())
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes {} arguments, {} were given", program.name, program.parameters.size(),
                                step.arguments.size()));
    LaunchShape shape;
    shape.grid = {step.grid.x, step.grid.y, step.grid.z};
    shape.block = {step.block.x, step.block.y, step.block.z};
    shape.dynamicShared = static_cast<std::uint32_t>(step.dynamicShared.value);
    shape.multiprocessors = std::max(facts.multiprocessors, 1u);
    shape.parameters.resize(program.parameterBytes);
    for (std::size_t i = 0; i < step.arguments.size(); ++i) {
        const ArgumentBytes& argument = step.arguments[i];
        if (argument.size() != program.parameters[i].size)
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("argument {} of {} has {} bytes, its parameter has {}", i + 1, program.name,
                                    argument.size(), program.parameters[i].size));
        if (!argument.empty())
            std::memcpy(shape.parameters.data() + program.parameterOffsets[i], argument.data(), argument.size());
    }
    return shape;
}

LaunchCounters foldCounters(const Program& program, const std::vector<PcCounters>& counters)
{
    LaunchCounters total;
    total.kernel = program.name;
    for (std::size_t pc = 0; pc < counters.size(); ++pc) {
        const InstructionInfo& info = program.infos[pc];
        const PcCounters& count = counters[pc];
        if (count.issued == 0 || info.issueSlots == 0)
            continue;
        total.warpInstructions += count.issued;
        total.threadInstructions += count.lanes;
        total.flops32 += count.lanes * info.flops32;
        total.flops64 += count.lanes * info.flops64;
        total.*fieldOf(info.pipe) += count.issued;
        addMemory(total, info, count);
        const Control control = program.code[pc].control;
        if (control == Control::Branch || control == Control::BranchIndexed) {
            total.branches += count.issued;
            total.divergentBranches += count.divergent;
        }
        if (control == Control::Barrier || control == Control::BarrierArrive)
            total.barriers += count.issued;
        if (info.location.line > 0)
            addToLine(total.lines[info.location.line], info, count);
    }
    return total;
}

std::optional<Fault> RunBudget::spend(std::uint64_t warpInstructions)
{
    const std::uint64_t spent = m_spent.fetch_add(warpInstructions, std::memory_order_relaxed) + warpInstructions;
    Fault fault;
    fault.verdict = Verdict::Timeout;
    if (spent > m_limits.instructionBudget) {
        fault.message = fmt::format("still running after {} warp instructions", m_limits.instructionBudget);
    } else if (m_limits.stop.stop_requested()) {
        m_cancelled = true;
        fault.message = "cancelled";
    } else if (std::chrono::steady_clock::now() > m_deadline) {
        fault.message = fmt::format("still running after {} ms", m_limits.deadline.count());
    } else {
        return std::nullopt;
    }
    return fault;
}

Result<> RunBudget::notCancelled() const
{
    if (!m_cancelled)
        return {};
    return fail(ErrorCode::Cancelled, "the run was cancelled");
}

LaunchResult runLaunch(const Program& program, const LaunchShape& shape, GlobalMemory& memory, WorkerPool& pool,
                       RunBudget& budget, LaunchChecks* checks)
{
    const std::uint64_t blocks = shape.blocks();
    std::atomic<std::uint64_t> next{0};
    std::atomic<std::uint64_t> end{blocks};  // blocks from here on need not run: an earlier one met a fault
    std::vector<WorkerResult> results(pool.size());
    pool.runInAll([&](unsigned number) {
        WorkerResult& result = results[number];
        std::optional<BlockRunner> runner;
        for (std::uint64_t block = next++; block < end.load(); block = next++) {
            if (!runner)
                runner.emplace(program, shape, memory, checks);
            if (auto fault = runner->run(block, [&](std::uint64_t spent) { return budget.spend(spent); })) {
                result.fault = std::move(fault);
                result.faultBlock = block;
                for (std::uint64_t old = end.load(); block < old && !end.compare_exchange_weak(old, block);) { }
                break;
            }
        }
        if (runner)
            result.counters = runner->counters();
    });
    LaunchResult launch;
    std::vector<PcCounters> sum(program.code.size());
    std::uint64_t firstFault = ~std::uint64_t{0};
    for (WorkerResult& result : results) {
        add(sum, result.counters);
        if (result.fault && result.faultBlock < firstFault) {
            firstFault = result.faultBlock;
            launch.fault = std::move(result.fault);
        }
    }
    if (checks != nullptr) {
        launch.fault = checks->finalFault(std::move(launch.fault), firstFault);
        launch.notes = checks->notes();
    }
    launch.counters = foldCounters(program, sum);
    launch.counters.blocks = launch.counters.sampledBlocks = blocks;
    return launch;
}

}  // namespace warploom::emulator
