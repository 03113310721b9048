// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/TimeModel.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include <fmt/format.h>

#include "base/Random.h"
#include "compile/CubinSections.h"
#include "device/emulator/Occupancy.h"

namespace warploom::emulator {

namespace {

constexpr double kBytesOfSector = 32;
constexpr double kSectorsOfWord = 4;  // of 4 bytes for each lane of a warp
constexpr double kSchedulers = 4;  // a multiprocessor, each issues one warp instruction a cycle
constexpr double kBytesFromL2 = 64;  // a cycle and multiprocessor
constexpr double kL2Usable = 0.8;  // share of L2 that a working set may take before it evicts itself
// The next two by 275 times of seven tasks that an H200 has measured (warploom-bench ranking): with them modelled times
// are off by 16 % (root mean square of the logarithm, mean of the sizes), without by 22 %.
constexpr double kCrowd = 1.5;  // by which a block among others is slower than alone
constexpr double kTurnover = 700;  // cycles for which a block's place stands empty before the next one's first load
// Exponents of the norms that join loads, which overlap, but not perfectly: units with each other, and with them the
// time that a warp alone would wait. By 1015 times of 30 tasks, on which they were chosen, modelled times are off by
// 18 %; by 538 of 14 tasks that played no part, by 36 %.
constexpr double kOverlap = 4;
constexpr double kLatencyOverlap = 3;
// An H200 has taken 10.1 and 11.1 ms for 1.05e9 and 0.9e9 additions all over an array (gbdt_level_hist).
constexpr double kUpdateCost = 3;  // of a sector in L2, in reads of one
constexpr std::size_t kFewestSamples = 6;
constexpr std::size_t kMostSamples = 64;
constexpr std::uint64_t kEnoughInstructions = 100'000;  // a launch, for more than the fewest samples
constexpr std::uint64_t kProbedInstructions = 1'500'000;  // a launch; more is only counted
constexpr std::uint32_t kInterleave = 32;  // warp instructions before the next warp: lets warps share L1 as on a GPU
constexpr std::uint32_t kCountingSlice = 8192;

/// What of the peak mma.sync can reach: on Hopper only wgmma comes near it.
double tensorShare(const std::string& architecture) { return architecture.starts_with("sm_90") ? 0.63 : 0.95; }

/// First and last block, the middle, and some by chance; the same ones every time. Where blocks differ, many of them
/// may have nothing to do.
std::vector<std::uint64_t> chooseBlocks(std::uint64_t blocks)
{
    std::vector<std::uint64_t> chosen;
    std::set<std::uint64_t> known;
    const auto add = [&](std::uint64_t block) {
        if (known.insert(block).second)
            chosen.push_back(block);
    };
    for (const std::uint64_t block : {std::uint64_t{0}, blocks / 2, blocks - 1})
        add(block);
    RandomStream random(blocks);
    while (chosen.size() < std::min<std::uint64_t>(blocks, kMostSamples))
        add(random.below(blocks));
    return chosen;
}

std::uint64_t scaled(std::uint64_t count, double factor)
{
    return static_cast<std::uint64_t>(std::llround(static_cast<double>(count) * factor));
}

void scaleCounters(LaunchCounters& counters, double factor)
{
    for (const auto& field : launchCounterFields())
        counters.*field.member = scaled(counters.*field.member, factor);
    for (auto& [number, line] : counters.lines)
        for (const auto& field : lineCounterFields())
            line.*field.member = scaled(line.*field.member, factor);
}

const KernelResources* resourcesOf(const CompileProduct& product, const std::string& kernel)
{
    for (const KernelResources& resources : product.kernels)
        if (resources.loweredName == kernel)
            return &resources;
    return nullptr;
}

Fault fitsNowhere(const std::string& kernel, std::uint32_t registers, std::uint64_t shared)
{
    Fault fault;
    fault.verdict = Verdict::LaunchError;
    fault.message =
        fmt::format("a block of {} with {} registers a thread and {} bytes of shared memory fits on no multiprocessor",
                    kernel, registers, shared);
    fault.deviceError = "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES";
    return fault;
}

Fault ofSampledBlock(Fault fault, const std::string& kernel)
{
    fault.message = fmt::format("a sampled block of {} failed: {}", kernel, fault.message);
    if (fault.verdict == Verdict::Timeout)
        fault.message += " (it may wait for a block that was not sampled)";
    return fault;
}

/// Blocks on a multiprocessor at a time, where the grid has enough of them.
std::uint32_t residentOf(const LaunchShape& shape, std::uint32_t fitting)
{
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(fitting, (shape.blocks() + shape.multiprocessors - 1) / shape.multiprocessors));
}

/// How sectors that went to L2 get there. All counts are of sectors.
struct Reuse {
    double wave = 1;  ///< blocks that run at the same time
    double waves = 1;
    double blocks = 1;  ///< of the grid
    bool fitsL2 = false;  ///< all that the launch touches
    double keptShare = 1;  ///< of what the blocks of a wave touch, what L2 holds until it is wanted again
};

/// What DRAM moves: what is distinct within a wave of blocks comes once a wave (only once at all where everything fits
/// into L2), and again what a block fetches a second time after L2 has lost it.
double dramSectors(double total, double uniqueInBlock, double bufferSectors, const Reuse& reuse)
{
    const double inWave = std::min(uniqueInBlock * reuse.wave, bufferSectors);
    if (reuse.fitsL2)
        return std::min({total, inWave * reuse.waves, bufferSectors});
    const double again = std::max(total - uniqueInBlock * reuse.blocks, 0.0) * (1 - reuse.keptShare);
    return std::min(total, inWave * reuse.waves + again);
}

}  // namespace

TimeModel::TimeModel(const ModelledGpu& gpu, GlobalMemory& memory, const RunLimits& limits)
    : m_gpu(gpu)
    , m_memory(memory)
    , m_limits(limits)
    , m_deadline(std::chrono::steady_clock::now() + limits.deadline)
{
}

void TimeModel::book(double seconds, const char* limiter, double occupancy)
{
    m_result.time += Microseconds(seconds * 1e6) + m_gpu.launchOverhead;
    if (seconds < m_longest)
        return;
    m_longest = seconds;
    m_result.occupancy = occupancy;
    m_result.limiter = Microseconds(seconds * 1e6) < m_gpu.launchOverhead ? "launch" : limiter;
}

void TimeModel::addTransfer(Bytes read, Bytes written)
{
    book(dramSeconds(static_cast<double>(read.value), static_cast<double>(written.value)), "DRAM bandwidth", 1);
}

/// Reads alone are faster than what copies reach, so writes cost what copies take beyond their reads.
double TimeModel::dramSeconds(double readBytes, double writtenBytes) const
{
    const double read = 1 / m_gpu.dramReadEfficiency;
    const double written = 2 / m_gpu.dramEfficiency - read;
    return (readBytes * read + writtenBytes * written) / m_gpu.facts.dramBytesPerSecond;
}

ModelledTime TimeModel::result() const { return m_result; }

Result<std::optional<Fault>> TimeModel::addLaunch(const Program& program, const LaunchStep& launch,
                                                  const CompileProduct& product)
{
    WARPLOOM_TRY(const LaunchShape shape, launchShape(program, launch, m_gpu.facts));
    if (auto refusal = launchRefusal(program, launch, m_gpu.facts))
        return refusal;
    const KernelResources* resources = resourcesOf(product, program.name);
    const std::uint32_t registers = resources == nullptr ? 0 : resources->registers;
    const std::uint64_t shared =
        std::max<std::uint64_t>(program.staticShared, resources == nullptr ? 0 : resources->sharedBytes)
        + shape.dynamicShared;
    const std::uint32_t fitting = residentBlocks({shape.threads(), registers, shared}, m_gpu.facts);
    if (fitting == 0)
        return std::optional(fitsNowhere(program.name, registers, shared));
    const std::uint32_t warps = (shape.threads() + kLanes - 1) / kLanes;
    const std::uint32_t resident = residentOf(shape, fitting);
    const std::uint64_t l1 = m_gpu.l1Size.value - std::min(m_gpu.l1Size.value, shared * resident);
    const bool loadsPastL1 = assemblerOptions(product.cubin).find("-dlcm cg") != std::string::npos;
    LaunchProbe probe(program, m_gpu, m_memory, warps, std::max<std::uint64_t>(l1 / resident, 2048), loadsPastL1);
    Sample sampled;
    WARPLOOM_TRY(auto fault, runSample(program, shape, probe, sampled));
    if (!fault && resources != nullptr)
        addSpills(*resources, shape, resident, l1, sampled);
    if (!fault)
        bookLaunch(program, shape, probe, std::move(sampled), fitting);
    return fault;
}

/// ptxas says how many bytes are spilled in the text of a kernel, not how often: as often as its instructions run in
/// the mean.
void TimeModel::addSpills(const KernelResources& resources, const LaunchShape& shape, std::uint32_t resident,
                          std::uint64_t l1Bytes, Sample& sample)
{
    const double words = (resources.spillStoreBytes + resources.spillLoadBytes) / 4.0;
    double issued = 0;
    for (const PcCounters& count : sample.perPc)
        issued += static_cast<double>(count.issued);
    sample.spills = words * issued / static_cast<double>(std::max<std::size_t>(sample.perPc.size(), 1));
    const double frames = static_cast<double>(resources.stackBytes) * shape.threads() * resident;
    if (frames > 0)
        sample.spillsPastL1 = sample.spills * std::max(0.0, 1 - static_cast<double>(l1Bytes) / frames);
}

void TimeModel::bookLaunch(const Program& program, const LaunchShape& shape, const LaunchProbe& probe, Sample sample,
                           std::uint32_t fitting)
{
    const std::vector<Load> all = loads(program, shape, sample, probe, residentOf(shape, fitting));
    const Load& latency = all.front();
    double busy = 0;
    Load worst = latency;
    for (const Load& load : std::span(all).subspan(1)) {
        busy += std::pow(load.seconds, kOverlap);
        worst = load.seconds > worst.seconds ? load : worst;
    }
    const double waiting = std::pow(latency.seconds, kLatencyOverlap);
    const double seconds = std::pow(std::pow(busy, kLatencyOverlap / kOverlap) + waiting, 1 / kLatencyOverlap);
    const std::uint32_t warps = (shape.threads() + kLanes - 1) / kLanes;
    const double occupancy = static_cast<double>(fitting) * warps * kLanes / m_gpu.facts.maxThreadsPerMultiprocessor;
    book(seconds, worst.name, std::min(occupancy, 1.0));
    m_result.counters.push_back(std::move(sample.counters));
}

Result<std::optional<Fault>> TimeModel::runSample(const Program& program, const LaunchShape& shape, LaunchProbe& probe,
                                                  Sample& sample)
{
    BlockRunner runner(program, shape, m_memory);
    RunBudget budget(m_limits, m_deadline);
    std::uint64_t probed = 0;
    for (const std::uint64_t block : chooseBlocks(shape.blocks())) {
        runner.setProbe(&probe);
        runner.setSlice(kInterleave);
        probe.startBlock();
        std::uint64_t issued = 0;
        // A block that is too long to be watched to its end goes on unwatched: what was seen is then scaled by the
        // share of its instructions.
        const auto check = [&](std::uint64_t spent) {
            issued += spent;
            if (probed + issued > kProbedInstructions) {
                runner.setProbe(nullptr);
                runner.setSlice(kCountingSlice);
            }
            return budget.spend(spent);
        };
        if (auto fault = runner.run(block, check)) {
            WARPLOOM_CHECK(budget.notCancelled());
            return std::optional(ofSampledBlock(std::move(*fault), program.name));
        }
        probe.endBlock(static_cast<double>(std::max<std::uint64_t>(probe.seen(), 1))
                           / static_cast<double>(std::max<std::uint64_t>(issued, 1)),
                       static_cast<double>(shape.blocks()));
        ++sample.blocks;
        probed += issued;
        if (probed > kProbedInstructions || (sample.blocks >= kFewestSamples && probed > kEnoughInstructions))
            break;
    }
    sample.scale = static_cast<double>(shape.blocks()) / static_cast<double>(sample.blocks);
    sample.perPc = runner.counters();
    sample.counters = foldCounters(program, sample.perPc);
    sample.counters.blocks = shape.blocks();
    sample.counters.sampledBlocks = sample.blocks;
    scaleCounters(sample.counters, sample.scale);
    return std::optional<Fault>();
}

std::vector<TimeModel::Load> TimeModel::loads(const Program& program, const LaunchShape& shape, const Sample& sample,
                                              const LaunchProbe& probe, std::uint32_t resident) const
{
    const auto blocks = static_cast<double>(shape.blocks());
    const double processors = shape.multiprocessors;
    const double busiest = std::ceil(blocks / processors);
    const double wave = std::min(blocks, processors * resident);
    const double waves = std::ceil(blocks / wave);
    std::vector<Load> all;
    all.push_back(
        {"latency", cyclesToSeconds(std::ceil(busiest / resident) * (kCrowd * probe.pathCycles() + kTurnover))});
    all.push_back({"block launch", cyclesToSeconds(blocks / m_gpu.blocksPerCycle)});
    addPipes(program, sample, probe, busiest / static_cast<double>(sample.blocks), all);
    addMemory(sample, probe, wave, waves, all);
    return all;
}

void TimeModel::addPipes(const Program& program, const Sample& sample, const LaunchProbe& probe,
                         double blocksPerProcessor, std::vector<Load>& loads) const
{
    double issue = sample.spills;
    std::array<double, kPipes> pipes{};
    double tensorFlops = 0;
    double sharedPasses = probe.sharedSerial() * 2;
    double linePasses = probe.l1Cycles() + sample.spills;
    for (std::size_t pc = 0; pc < sample.perPc.size(); ++pc) {
        const InstructionInfo& info = program.infos[pc];
        const PcCounters& count = sample.perPc[pc];
        const double slots = static_cast<double>(count.issued) * static_cast<double>(info.issueSlots);
        issue += slots;
        pipes[static_cast<std::size_t>(info.pipe)] += slots;
        tensorFlops += static_cast<double>(count.issued) * info.tensorFlops;
        sharedPasses += static_cast<double>(count.wavefronts);
        if (info.space == PtxSpace::Local)
            linePasses += static_cast<double>(count.sectors) / 4;
    }
    const double singleLanes =
        m_gpu.facts.fp32FlopsPerSecond / 2 / m_gpu.facts.multiprocessors / (m_gpu.facts.clockMhz * 1e6);
    const auto add = [&](const char* name, double instructions, double lanes) {
        loads.push_back({name, cyclesToSeconds(instructions * blocksPerProcessor * kLanes / lanes)});
    };
    const auto pipe = [&](Pipe which) { return pipes[static_cast<std::size_t>(which)]; };
    add("issue", issue, kSchedulers * kLanes);
    add("fp32", pipe(Pipe::Single), singleLanes);
    const double integers = pipe(Pipe::Integer) + pipe(Pipe::IntegerSum) + pipe(Pipe::IntegerProduct);
    add("integer", std::max({pipe(Pipe::Integer), pipe(Pipe::IntegerProduct), integers / 2}), m_gpu.integerLanes);
    add("fp64", pipe(Pipe::Double), m_gpu.doubleLanes);
    add("fp16", pipe(Pipe::Half), m_gpu.halfLanes / 2);
    add("special functions", pipe(Pipe::Special), m_gpu.specialLanes);
    loads.push_back({"tensor cores",
                     tensorFlops * blocksPerProcessor * m_gpu.facts.multiprocessors
                         / (m_gpu.facts.tensorFlopsPerSecond * tensorShare(m_gpu.facts.architecture))});
    // One pass a cycle through the data stage, whatever memory it is for.
    add(sharedPasses >= linePasses ? "shared memory" : "L1", sharedPasses + linePasses, kLanes);
}

void TimeModel::addMemory(const Sample& sample, const LaunchProbe& probe, double wave, double waves,
                          std::vector<Load>& loads) const
{
    const auto sampled = static_cast<double>(sample.blocks);
    const double l2 = kL2Usable * static_cast<double>(m_gpu.facts.l2Size.value) / kBytesOfSector;
    double footprint = 0;
    double waveFootprint = 0;
    for (const auto& [region, traffic] : probe.traffic()) {
        const auto size = static_cast<double>(traffic.bufferSectors);
        const double unique = traffic.uniqueLoads + traffic.uniqueStores;
        footprint += std::min(size, unique * sample.scale);
        waveFootprint += std::min(size, unique / sampled * wave);
    }
    const Reuse reuse{wave, waves, sampled * sample.scale, footprint <= l2,
                      std::min(1.0, l2 / std::max(waveFootprint, 1.0))};
    double toL2 = 0;
    double fromDram = 0;
    double toDram = 0;
    for (const auto& [region, traffic] : probe.traffic()) {
        const auto size = static_cast<double>(traffic.bufferSectors);
        toL2 += (traffic.loads + traffic.stores) * sample.scale;
        fromDram += dramSectors(traffic.loads * sample.scale, traffic.uniqueLoads / sampled, size, reuse);
        toDram += dramSectors(traffic.stores * sample.scale, traffic.uniqueStores / sampled, size, reuse);
    }
    toL2 += sample.spillsPastL1 * kSectorsOfWord * sample.scale;
    const double busyShare = std::min(1.0, wave / m_gpu.facts.multiprocessors);
    const double fromL2 = m_gpu.facts.multiprocessors * busyShare * kBytesFromL2 * m_gpu.facts.clockMhz * 1e6;
    loads.push_back({"DRAM bandwidth", dramSeconds(fromDram * kBytesOfSector, toDram * kBytesOfSector)});
    loads.push_back({"L2 bandwidth", toL2 * kBytesOfSector / std::min(m_gpu.l2BytesPerSecond, fromL2)});
    // Updates of one line follow each other, whichever block they come from.
    const double hottest = cyclesToSeconds(probe.hottestUpdates() * sample.scale * m_gpu.atomicCycles);
    const double all = probe.updates() * sample.scale * kBytesOfSector * kUpdateCost / m_gpu.l2BytesPerSecond;
    loads.push_back({"atomics", std::max(hottest, all)});
}

}  // namespace warploom::emulator
