// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "BenchJudge.h"
#include "TimingBenches.h"
#include "device/cuda/CudaDevice.h"
#include "device/cuda/CuptiActivity.h"
#include "device/cuda/GpuLock.h"
#include "measure/Judge.h"
#include "task/TaskLibrary.h"
#include "task/TaskLoader.h"

// Baselines of the library are timed here in this process, where what surrounds the timed steps can be changed.

namespace warploom::test {

namespace {

enum class Before { Reading, Filling, Nothing };

/// From the first begin to the last end of what came after the eviction.
double spanOf(const std::vector<DeviceActivity>& heard)
{
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    for (const DeviceActivity& activity : heard) {
        if (activity.name.starts_with("warploom_")) {
            begin = end = 0;
            continue;
        }
        begin = begin == 0 ? activity.beginNs : begin;
        end = std::max(end, activity.endNs);
    }
    return 1e-3 * static_cast<double>(end - begin);
}

/// Times with something else in the place of the eviction, and asks CUPTI what it saw.
class ClockHost : public InProcessHost {
public:
    explicit ClockHost(CudaDevice& device)
        : InProcessHost(device)
    {
    }

    Before before = Before::Reading;
    ZeroStep fill;
    CuptiActivity* cupti = nullptr;
    std::vector<double> events;
    std::vector<double> stamps;

    Result<TimingOutcome> time(const TimingRequest& request) override
    {
        TimingRequest changed = request;
        changed.cold = before == Before::Reading;
        if (before == Before::Filling)
            changed.lead = {fill};
        if (cupti != nullptr) {
            WARPLOOM_TRY(const auto ignored, cupti->take());
        }
        WARPLOOM_TRY(TimingOutcome outcome, InProcessHost::time(changed));
        events.push_back(outcome.time.count());
        if (cupti != nullptr) {
            WARPLOOM_TRY(const auto heard, cupti->take());
            stamps.push_back(spanOf(heard));
        }
        return outcome;
    }
};

/// Everything that a judge in this process stands on.
struct ClockBench {
    std::unique_ptr<CudaDevice> device;
    std::optional<GpuLock> lock;
    std::optional<CachedCompiler> compiler;
    std::unique_ptr<ClockHost> host;
    std::unique_ptr<Judge> judge;

    static Result<std::unique_ptr<ClockBench>> make(int ordinal)
    {
        auto bench = std::make_unique<ClockBench>();
        WARPLOOM_TRY(bench->device, makeCudaDevice(ordinal));
        WARPLOOM_TRY(bench->lock, GpuLock::lock(bench->device->facts().uuid, std::chrono::seconds(30), {}));
        WARPLOOM_TRY(bench->compiler, CachedCompiler::open(bench->device->cudaVersion() / 1000));
        bench->host = std::make_unique<ClockHost>(*bench->device);
        bench->judge =
            std::make_unique<Judge>(*bench->device, *bench->host, *bench->compiler, [] { return SensorReading{}; });
        return bench;
    }

    Result<CandidateSpec> open(const Task& task)
    {
        WARPLOOM_CHECK(judge->openTask(task));
        WARPLOOM_TRY(const CompileRequest request, requestFor(task.baselineSource, device->facts().architecture));
        WARPLOOM_TRY(auto compiled, compiler->compile(request));
        if (const auto* failure = std::get_if<CompileFailure>(&compiled))
            return fail(ErrorCode::CompileFailed, failure->log);
        return CandidateSpec{task.baselineSource, "baseline.cu", request.tunables,
                             std::move(std::get<CompileProduct>(compiled))};
    }

    /// Median microseconds of launches one by one, the first left out.
    Result<double> time(const CandidateSpec& spec, const std::string& size, int rounds, int launches)
    {
        TimingOrder order;
        order.incumbent = spec;
        order.size = size;
        order.rounds = rounds;
        order.launches = launches;
        order.copies = 0;
        host->events.clear();
        host->stamps.clear();
        WARPLOOM_TRY(const TimingReport report, judge->time(order, [](int) { return true; }));
        if (report.fault)
            return fail(ErrorCode::Internal, report.fault->message);
        host->events.erase(host->events.begin());
        return median(host->events);
    }
};

}  // namespace

Result<> benchColdness(int ordinal)
{
    WARPLOOM_TRY(const auto bench, ClockBench::make(ordinal));
    constexpr double kBytes = 24e6;  // fits an H100's L2, so that it matters what lies there
    BufferRequest flush;
    flush.size = {2 * bench->device->facts().l2Size.value};
    flush.guarded = false;
    WARPLOOM_TRY(const DeviceBuffer filled, bench->device->allocate(flush));
    bench->host->fill = {filled.address, filled.size, 0};
    fmt::print("Cold, and what goes for it: medians of 48 launches, µs\n{:<12} {:>14} {:>16} {:>8} {:>14} {:>10}\n",
               "task", "evicted (read)", "filled (memset)", "hot", "filled / read", "hot / read");
    for (const ScaledTask& scaled : scaledTasks()) {
        WARPLOOM_TRY(const Task task, scaledTask(scaled, static_cast<std::int64_t>(kBytes / scaled.bytesPerStep)));
        WARPLOOM_TRY(const CandidateSpec spec, bench->open(task));
        std::vector<double> times;
        for (const Before before : {Before::Reading, Before::Filling, Before::Nothing}) {
            bench->host->before = before;
            WARPLOOM_TRY(times.emplace_back(), bench->time(spec, "bench", 8, 3));
        }
        fmt::print("{:<12} {:>14.2f} {:>16.2f} {:>8.2f} {:>14.3f} {:>10.3f}\n", scaled.name, times[0], times[1],
                   times[2], times[1] / times[0], times[2] / times[0]);
        std::fflush(stdout);
    }
    fmt::print("\n");
    bench->judge.reset();
    bench->device->release(filled);
    return {};
}

namespace {

/// Shorter kernels say more of stamps than of clocks.
constexpr double kLongMicroseconds = 500;

/// One row of the table; the median of CUPTI's stamps.
Result<double> compareClocks(ClockBench& bench, const Task& task, const std::string& size)
{
    WARPLOOM_TRY(const CandidateSpec spec, bench.open(task));
    WARPLOOM_TRY(const double events, bench.time(spec, size, 10, 1));
    bench.host->stamps.erase(bench.host->stamps.begin());
    const double stamps = median(bench.host->stamps);
    fmt::print("{:<12} {:<10} {:>12.2f} {:>12.2f} {:>10.2f} {:>8.3f} %{}\n", task.name, size, events, stamps,
               events - stamps, 100 * (events / stamps - 1), stamps < kLongMicroseconds ? "  (short)" : "");
    std::fflush(stdout);
    return stamps;
}

}  // namespace

Result<> benchAgainstCupti(int ordinal)
{
    const auto cupti = CuptiActivity::start();
    if (!cupti) {
        fmt::print("Events against CUPTI: not compared, {}\n\n", cupti.error().toString());
        return {};
    }
    WARPLOOM_TRY(const auto bench, ClockBench::make(ordinal));
    bench->host->cupti = cupti->get();
    fmt::print("Events against CUPTI's stamps: medians of 20 launches, µs\n{:<12} {:<10} {:>12} {:>12} {:>10} {:>10}\n",
               "task", "size", "events", "CUPTI", "apart", "of it");
    WARPLOOM_TRY(const auto folder, taskLibraryFolder());
    for (const TaskSummary& summary : listTasks(folder)) {
        WARPLOOM_TRY(const Task task, loadTask(folder / summary.name));
        WARPLOOM_TRY(const double stamps, compareClocks(*bench, task, task.timeSizes().front()->name));
        const auto& scalable = scaledTasks();
        const auto scaled = std::find_if(scalable.begin(), scalable.end(),
                                         [&](const ScaledTask& other) { return other.name == summary.name; });
        if (stamps >= kLongMicroseconds || scaled == scalable.end())
            continue;
        // Once more, as large as this takes.
        constexpr double kLongBytes = 4e9;
        const auto scale = static_cast<std::int64_t>(kLongBytes / scaled->bytesPerStep);
        WARPLOOM_TRY(const Task longer, scaledTask(*scaled, std::min(scale, scaled->most)));
        WARPLOOM_CHECK(compareClocks(*bench, longer, "bench"));
    }
    fmt::print("\n");
    return {};
}

Result<> checkBenchSources()
{
    WARPLOOM_TRY(CachedCompiler compiler, CachedCompiler::open());
    std::vector<std::string> sources{chainSource(1000)};
    WARPLOOM_TRY(const Task chain, chainTask(1 << 18));
    sources.push_back(chain.referenceSource);
    for (const ScaledTask& scaled : scaledTasks()) {
        for (const std::int64_t scale : {std::int64_t{1}, scaled.most * 2}) {
            WARPLOOM_TRY(const Task task, scaledTask(scaled, scale));
            if (task.findSize("bench") == nullptr)
                return fail(ErrorCode::Internal, "the size is missing from " + scaled.name);
            sources.push_back(task.baselineSource);
        }
    }
    for (const std::string& source : sources) {
        WARPLOOM_TRY(const CompileRequest request, requestFor(source, "sm_90"));
        WARPLOOM_TRY(const auto compiled, compiler.compile(request));
        if (const auto* failure = std::get_if<CompileFailure>(&compiled))
            return fail(ErrorCode::CompileFailed, failure->log);
    }
    fmt::print("{} tasks and {} sources are as they should be\n", scaledTasks().size() + 1, sources.size());
    return {};
}

}  // namespace warploom::test
