// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/PeakBench.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/Statistics.h"
#include "measure/ArgumentBuilder.h"

namespace warploom {

std::string_view peakKernelSource();
std::string_view peakTensorKernelSource();
std::string_view peakWgmmaKernelSource();

namespace {

using Source = PeakMethod::Source;

constexpr Bytes kLeastMemory{std::uint64_t{64} << 20};
/// Of L2's size: what is left there of one launch helps the next by less than an eighth, and by far less where there is
/// more memory.
constexpr std::uint64_t kLeastTimesL2 = 8;
/// Of L2: its halves on some cards hold the same lines twice.
constexpr std::uint64_t kShareOfL2 = 3;
constexpr std::uint64_t kShareOfMemory = 4;
/// 128 KiB a block: short enough that blocks spread evenly, long enough that their starts do not count.
constexpr std::uint32_t kMemoryRounds = 4;
constexpr std::uint32_t kFirstRounds = 16;
constexpr std::uint32_t kMostRounds = 1u << 24;
constexpr double kMostGrowth = 64;
constexpr int kMostRepeats = 64;
constexpr std::chrono::milliseconds kDeadline{5'000};
constexpr std::uint8_t kFillByte = 0x5A;

std::string_view sourceText(Source source)
{
    return source == Source::Plain ? peakKernelSource()
        : source == Source::Tensor ? peakTensorKernelSource()
                                   : peakWgmmaKernelSource();
}

std::uint32_t asCount(double value, std::uint32_t most)
{
    return static_cast<std::uint32_t>(std::clamp(std::ceil(value), 1.0, static_cast<double>(most)));
}

}  // namespace

/// A benchmark as it is timed: one launch, one time or several in a row.
struct PeakBench::Play {
    LaunchStep launch;
    double work = 0;  ///< of one launch
    int repeats = 1;
    bool cold = false;
};

PeakBench::PeakBench(Device& device, CachedCompiler& compiler, Settings settings)
    : m_device(device)
    , m_compiler(compiler)
    , m_settings(settings)
{
}

PeakBench::~PeakBench()
{
    for (const auto& [source, loaded] : m_modules)
        m_device.unload(loaded);
    for (const auto& buffer : {m_memory, m_sink})
        if (buffer)
            m_device.release(*buffer);
}

Result<LoadedModule> PeakBench::module(Source source)
{
    if (const auto found = m_modules.find(source); found != m_modules.end())
        return found->second;
    CompileRequest request;
    request.source = std::string(sourceText(source));
    request.fileName = "PeakKernels.cu";
    request.architecture = source == Source::Wgmma ? "sm_90a" : m_device.facts().architecture;
    for (const PeakMethod& method : peakMethods(m_device.facts().architecture))
        if (method.source == source)
            request.kernels.emplace_back(method.kernel);
    WARPLOOM_TRY(auto outcome, m_compiler.compile(request));
    if (const auto* failure = std::get_if<CompileFailure>(&outcome))
        return fail(ErrorCode::CompileFailed, fmt::format("the benchmark does not compile: {}", failure->log));
    WARPLOOM_TRY(const LoadedModule loaded, m_device.load(std::get<CompileProduct>(outcome)));
    m_modules.emplace(source, loaded);
    return loaded;
}

Result<DeviceBuffer> PeakBench::allocate(Bytes size)
{
    BufferRequest request;
    request.size = size;
    request.name = "a micro-benchmark";
    request.guarded = false;
    return m_device.allocate(request);
}

Result<> PeakBench::setUpMemory()
{
    if (m_sink)
        return {};
    const DeviceFacts& facts = m_device.facts();
    const std::uint64_t least =
        std::min(m_settings.mostMemory.value, std::max(kLeastMemory.value, kLeastTimesL2 * facts.l2Size.value));
    // Two halves of whole tiles, each a multiple of what a block takes.
    const std::uint64_t grain = 2 * kMemoryRounds * kPeakTile.value;
    std::uint64_t size = std::min(m_settings.mostMemory.value, facts.memorySize.value / kShareOfMemory) / grain * grain;
    for (; size >= least; size = size / 2 / grain * grain) {
        auto buffer = allocate({size});
        if (!buffer && buffer.error().code != ErrorCode::OutOfMemory)
            return fail(std::move(buffer).error());
        if (!buffer)
            continue;
        m_memory = *buffer;
        WARPLOOM_TRY(m_sink, allocate({256}));
        const std::vector<DeviceStep> steps{ZeroStep{m_memory->address, m_memory->size, kFillByte}};
        WARPLOOM_TRY(const RunOutcome filled, m_device.run(steps, {}));
        return filled.fault ? fail(ErrorCode::DeviceFailed, filled.fault->message) : Result<>();
    }
    return fail(ErrorCode::OutOfMemory,
                fmt::format("{} MiB of free memory are needed to tell DRAM from L2", least / kMiB.value));
}

std::uint32_t PeakBench::tilesInL2() const
{
    const std::uint64_t bytes = std::min(m_device.facts().l2Size.value / kShareOfL2, m_memory->size.value);
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(bytes / kPeakTile.value, 1));
}

Result<LaunchStep> PeakBench::launch(const PeakMethod& method, std::uint32_t blocks, std::uint32_t rounds)
{
    WARPLOOM_CHECK(setUpMemory());
    LaunchStep step;
    WARPLOOM_TRY(step.module, module(method.source));
    step.kernel = method.kernel;
    step.grid = {blocks, 1, 1};
    step.block = {kPeakThreads, 1, 1};
    ArgumentBuilder arguments;
    const std::string_view kernel = method.kernel;
    if (kernel == "peak_copy") {
        arguments.add(m_memory->address + m_memory->size.value / 2).add(m_memory->address).add(rounds);
        step.arguments = arguments.take();
        return step;
    }
    if (kernel == "peak_read")
        arguments.add(m_memory->address);
    else if (kernel == "peak_l2")
        arguments.add(m_memory->address).add(tilesInL2());
    else if (kernel == "peak_fp32")
        arguments.add(0.999f).add(0.01f);
    else if (kernel == "peak_fp64")
        arguments.add(0.999).add(0.01);
    step.arguments = arguments.add(rounds).add(m_sink->address).take();
    return step;
}

Result<Microseconds> PeakBench::time(const Play& play)
{
    TimingRequest request;
    request.timed.assign(static_cast<std::size_t>(play.repeats), play.launch);
    request.cold = play.cold;
    request.deadline = kDeadline;
    WARPLOOM_TRY(const TimingOutcome outcome, m_device.time(request));
    if (outcome.fault)
        return fail(ErrorCode::DeviceFailed,
                    fmt::format("the benchmark {} failed: {}", play.launch.kernel, outcome.fault->message));
    return outcome.time / play.repeats;
}

/// Its size is that of the memory: short ones are repeated.
Result<PeakBench::Play> PeakBench::ofMemory(const PeakMethod& method)
{
    WARPLOOM_CHECK(setUpMemory());
    const std::uint64_t bytes = method.workPerRound > kPeakTile.value ? m_memory->size.value / 2 : m_memory->size.value;
    const auto blocks = static_cast<std::uint32_t>(bytes / (kMemoryRounds * kPeakTile.value));
    Play play;
    play.cold = true;
    play.work = method.workPerRound * kMemoryRounds * blocks;
    WARPLOOM_TRY(play.launch, launch(method, blocks, kMemoryRounds));
    WARPLOOM_TRY(const Microseconds once, time(play));
    if (once.count() > 0)
        play.repeats = static_cast<int>(asCount(m_settings.least / once, kMostRepeats));
    return play;
}

/// As many blocks as run at once, and rounds until they take long enough.
Result<PeakBench::Play> PeakBench::calibrated(const PeakMethod& method)
{
    const std::uint32_t blocks = m_device.facts().multiprocessors * method.blocksPerMultiprocessor;
    Play play;
    for (std::uint32_t rounds = kFirstRounds;;) {
        play.work = method.workPerRound * blocks * rounds;
        WARPLOOM_TRY(play.launch, launch(method, blocks, rounds));
        WARPLOOM_TRY(const Microseconds took, time(play));
        const double growth = took.count() > 0 ? m_settings.least / took : kMostGrowth;
        if (growth <= 1 || rounds == kMostRounds)
            return play;
        // A little more: short launches begin slowly, and look longer than they are.
        rounds = asCount(rounds * std::min(1.25 * growth, kMostGrowth), kMostRounds);
    }
}

Result<Microseconds> PeakBench::bestMedian(const Play& play)
{
    Microseconds best{std::numeric_limits<double>::infinity()};
    for (int group = 0; group < m_settings.groups; ++group) {
        std::vector<double> times;
        for (int i = 0; i < m_settings.launches; ++i) {
            WARPLOOM_TRY(const Microseconds took, time(play));
            times.push_back(took.count());
        }
        best = std::min(best, Microseconds(median(times)));
    }
    return best;
}

Result<PeakFigure> PeakBench::measured(const PeakMethod& method)
{
    WARPLOOM_TRY(const Play play, method.blocksPerMultiprocessor == 0 ? ofMemory(method) : calibrated(method));
    WARPLOOM_TRY(const Microseconds best, bestMedian(play));
    PeakFigure figure;
    figure.roof = method.roof;
    figure.method = method.method;
    figure.time = best;
    figure.launches = m_settings.groups * m_settings.launches;
    if (std::isfinite(best.count()) && best.count() > 0)
        figure.perSecond = play.work / best.count() * 1e6;
    else
        figure.missing = "the device's clock shows no time";
    return figure;
}

Result<PeakFigure> PeakBench::measure(const PeakMethod& method)
{
    auto figure = measured(method);
    if (figure || figure.error().code == ErrorCode::DeviceFailed)
        return figure;
    PeakFigure missing;
    missing.roof = method.roof;
    missing.method = method.method;
    missing.missing = figure.error().toString();
    return missing;
}

Result<DevicePeaks> PeakBench::measureAll(const Progress& progress)
{
    const DeviceFacts& facts = m_device.facts();
    if (facts.modelled)
        return fail(ErrorCode::Unsupported,
                    "on the emulator nothing is measured: its peaks are those of the card that "
                    "it describes");
    DevicePeaks peaks;
    peaks.gpuUuid = facts.uuid;
    peaks.gpuName = facts.name;
    peaks.driver = facts.driver;
    for (const PeakMethod& method : peakMethods(facts.architecture)) {
        if (progress && !progress(method))
            return fail(ErrorCode::Cancelled, "the micro-benchmarks were cancelled");
        WARPLOOM_TRY(PeakFigure figure, measure(method));
        peaks.figures.push_back(std::move(figure));
    }
    return peaks;
}

}  // namespace warploom
