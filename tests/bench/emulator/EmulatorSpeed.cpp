// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "CorpusRun.h"
#include "EmulatorBenches.h"
#include "device/emulator/EmulatorDevice.h"
#include "device/emulator/OpcodeTable.h"

namespace warploom::test {

namespace {

/// 64 × 64 a block, 4 × 4 a thread, 16 deep.
constexpr const char* kProduct = R"(
extern "C" __global__ void product(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int n)
{
    __shared__ float left[16][65];
    __shared__ float right[16][64];
    const int tx = threadIdx.x % 16;
    const int ty = threadIdx.x / 16;
    float sum[4][4] = {};
    for (int first = 0; first < n; first += 16) {
        for (int i = threadIdx.x; i < 64 * 16; i += 256) {
            left[i % 16][i / 16] = a[(blockIdx.y * 64 + i / 16) * n + first + i % 16];
            right[i / 64][i % 64] = b[(first + i / 64) * n + blockIdx.x * 64 + i % 64];
        }
        __syncthreads();
        for (int k = 0; k < 16; ++k)
            for (int y = 0; y < 4; ++y)
                for (int x = 0; x < 4; ++x)
                    sum[y][x] += left[k][ty * 4 + y] * right[k][tx * 4 + x];
        __syncthreads();
    }
    for (int y = 0; y < 4; ++y)
        for (int x = 0; x < 4; ++x)
            c[(blockIdx.y * 64 + ty * 4 + y) * n + blockIdx.x * 64 + tx * 4 + x] = sum[y][x];
}
)";
constexpr std::uint32_t kExtent = 1024;  ///< 256 blocks: the last ones to end leave few of 16 threads idle for long
constexpr double kFlops = 2.0 * kExtent * kExtent * kExtent;

using Clock = std::chrono::steady_clock;

/// Of several runs, in FLOP/s.
struct Speed {
    double best = 0;
    double mean = 0;
};

/// The product on an emulator of so many threads.
class ProductRun {
public:
    static Result<ProductRun> prepare(const CompileProduct& product, unsigned threads)
    {
        ProductRun run;
        WARPLOOM_TRY(run.m_device, makeEmulatorDevice({"h100", threads}));
        WARPLOOM_TRY(const LoadedModule module, run.m_device->load(product));
        const std::vector<float> ones(std::size_t{kExtent} * kExtent, 1.0F);
        std::vector<ArgumentBytes> arguments;
        for (const char* name : {"a", "b", "c"}) {
            WARPLOOM_TRY(const DeviceBuffer buffer, run.m_device->allocate({Bytes{ones.size() * sizeof(float)}, name}));
            WARPLOOM_CHECK(run.m_device->upload(buffer.address, std::as_bytes(std::span(ones))));
            arguments.push_back(argumentOf(buffer.address));
        }
        arguments.push_back(argumentOf(static_cast<std::int32_t>(kExtent)));
        LaunchStep step;
        step.module = module;
        step.kernel = "product";
        step.grid = {kExtent / 64, kExtent / 64, 1};
        step.block = {256, 1, 1};
        step.arguments = std::move(arguments);
        run.m_steps = {step};
        return run;
    }

    /// As many runs as it takes to fill \p time.
    Result<Speed> measure(bool checks, Seconds time)
    {
        Speed speed;
        const auto begin = Clock::now();
        auto last = begin;
        for (int runs = 1; last - begin < time; ++runs) {
            WARPLOOM_CHECK(run(checks));
            const auto now = Clock::now();
            speed.best = std::max(speed.best, kFlops / Seconds(now - last).count());
            speed.mean = runs * kFlops / Seconds(now - begin).count();
            last = now;
        }
        return speed;
    }

    Result<> run(bool checks)
    {
        RunLimits limits;
        limits.deadline = std::chrono::minutes(5);
        limits.checks = checks;
        WARPLOOM_TRY(const RunOutcome outcome, m_device->run(m_steps, limits));
        if (outcome.fault)
            return fail(ErrorCode::Internal, outcome.fault->message);
        return {};
    }

private:
    std::unique_ptr<Device> m_device;
    std::vector<DeviceStep> m_steps;
};

/// Mean FLOP/s of all of \p count emulators of one thread each, which share nothing, side by side for at least \p time:
/// what this machine can give to so many threads.
Result<double> measureApart(const CompileProduct& product, unsigned count, Seconds time)
{
    std::vector<ProductRun> runs;
    for (unsigned i = 0; i < count; ++i) {
        WARPLOOM_TRY(ProductRun run, ProductRun::prepare(product, 1));
        runs.push_back(std::move(run));
    }
    std::vector<Result<Speed>> speeds(count, Speed());
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < count; ++i)
        threads.emplace_back([&, i] { speeds[i] = runs[i].measure(false, time); });
    for (std::thread& thread : threads)
        thread.join();
    double sum = 0;
    for (const Result<Speed>& speed : speeds) {
        WARPLOOM_CHECK(speed);
        sum += speed->mean;
    }
    return sum;
}

/// Cores among the processors that Linux shows: two of them may be the two threads of one core. 0 where it does not
/// say.
std::size_t physicalCores()
{
    std::set<std::string> siblings;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/sys/devices/system/cpu", error)) {
        std::ifstream file(entry.path() / "topology/thread_siblings_list");
        if (std::string line; std::getline(file, line))
            siblings.insert(line);
    }
    return siblings.size();
}

std::string perThread(double flops, unsigned threads)
{
    return fmt::format("{:.2f} GFLOP/s a thread", flops / threads / 1e9);
}

/// What the handlers in use were compiled for.
std::string_view instructionSet()
{
    for (const emulator::HostHandlers& set : emulator::runnableHandlers())
        if (set.handlers == &emulator::hostHandlers())
            return set.isa;
    return {};
}

}  // namespace

Result<> benchEmulatorSpeed(double seconds)
{
    WARPLOOM_TRY(CachedCompiler compiler, CachedCompiler::open());
    CorpusKernel kernel;
    kernel.name = "product";
    WARPLOOM_TRY(const CompileProduct product,
                 compileCorpusFile(compiler, {"product.cu", kProduct, {kernel}}, "sm_90"));
    const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
    std::vector<unsigned> counts{1};
    while (counts.back() < cores)
        counts.push_back(std::min(counts.back() * 2, cores));
    fmt::print("product of {0} × {0} by {0} × {0}, 64 × 64 a block, on {1} processors of {2} cores with {3}\n\n",
               kExtent, cores, physicalCores(), instructionSet());
    fmt::print("{:<10}{:<28}{:<28}{:<12}{:<40}{}\n", "threads", "bounds and counters", "races and unwritten too",
               "scaling", "as many emulators that share nothing", "share of that");
    double one = 0;
    for (const unsigned threads : counts) {
        WARPLOOM_TRY(ProductRun run, ProductRun::prepare(product, threads));
        const Seconds share(seconds / 3 / static_cast<double>(counts.size()));
        WARPLOOM_TRY(const Speed plain, run.measure(false, share));
        WARPLOOM_TRY(const Speed checked, run.measure(true, share));
        WARPLOOM_TRY(const double apart, measureApart(product, threads, share));
        one = threads == 1 ? plain.mean : one;
        fmt::print("{:<10}{:<28}{:<28}{:<12}{:<40}{:.0f} %\n", threads, perThread(plain.best, threads),
                   perThread(checked.best, threads), fmt::format("{:.0f} %", 100 * plain.mean / threads / one),
                   perThread(apart, threads), 100 * plain.mean / apart);
        std::fflush(stdout);
    }
    return {};
}

}  // namespace warploom::test
