// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "CheckBench.h"
#include "Checks.h"
#include "base/Statistics.h"
#include "device/cuda/CudaProbe.h"
#include "device/cuda/GpuLock.h"
#include "device/cuda/Nvml.h"

namespace warploom::test {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kMebibyte = 1 << 20;

}  // namespace

Result<std::string> checkStart(const CheckSetting& setting)
{
    const auto begin = Clock::now();
    if (!setting.simulated) {
        WARPLOOM_TRY(const CudaProbe probe, probeCudaDevices());
        CHECK_THAT(probe.devices.front().uuid.starts_with("GPU-"), "odd UUID {}", probe.devices.front().uuid);
    }
    const auto probed = Clock::now();
    WARPLOOM_TRY(const auto device, makeCudaDevice(0, setting.driver));
    const auto made = Clock::now();
    const DeviceFacts& facts = device->facts();
    CHECK_THAT(facts.multiprocessors > 0 && facts.memorySize.value > 0, "no multiprocessors or no memory");
    CHECK_THAT(facts.uuid.size() == 40, "odd UUID {}", facts.uuid);
    CHECK_THAT(facts.sharedPerBlockOptIn.value >= 48 * 1024, "odd shared memory");
    CHECK_THAT(facts.dramBytesPerSecond > 0 && facts.fp32FlopsPerSecond > 0, "no peaks");
    return fmt::format("init + probe {:.0f} ms, context {:.0f} ms; {} {} {}, driver {}, CUDA {}, {} SMs, {:.0f} MHz, "
                       "L2 {} MiB, {} GiB at {:.0f} GB/s, f32 {:.1f} f64 {:.1f} tf32 {:.1f} f16 {:.1f} TFLOP/s",
                       milliseconds(probed - begin), milliseconds(made - probed), facts.name, facts.uuid,
                       facts.architecture, facts.driver, device->cudaVersion(), facts.multiprocessors, facts.clockMhz,
                       facts.l2Size.value / kMebibyte, facts.memorySize.value >> 30, facts.dramBytesPerSecond / 1e9,
                       facts.fp32FlopsPerSecond / 1e12, facts.fp64FlopsPerSecond / 1e12,
                       facts.tf32FlopsPerSecond / 1e12, facts.tensorFlopsPerSecond / 1e12);
}

Result<std::string> checkClocks(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto device, makeCudaDevice(0, setting.driver));
    WARPLOOM_TRY(const GpuLock lock, GpuLock::tryLock(device->facts().uuid));
    WARPLOOM_TRY(const Nvml nvml, Nvml::open());
    WARPLOOM_TRY(const NvmlSampler sampler, NvmlSampler::open(nvml, device->facts().uuid));
    const auto begin = Clock::now();
    const GpuSnapshot now = sampler.snapshot();
    const auto taken = Clock::now();
    CHECK_THAT(now.smClockMhz && *now.smClockMhz > 0, "no clock");
    std::string reasons;
    for (const std::string& name : throttleReasonNames(now.throttleReasons.value_or(0)))
        reasons += (reasons.empty() ? "" : ", ") + name;
    const auto processes = sampler.computeProcesses();
    return fmt::format(
        "snapshot {:.2f} ms: SM {} MHz, memory {} MHz, {:.0f} W, {} °C, busy {} %, reasons [{}], {} compute "
        "processes, display {}",
        milliseconds(taken - begin), *now.smClockMhz, now.memoryClockMhz.value_or(0), now.powerWatts.value_or(0),
        now.temperatureCelsius.value_or(0), now.gpuBusyPercent.value_or(0), reasons,
        processes ? static_cast<int>(processes->size()) : -1, sampler.drivesDisplay().value_or(false));
}

Result<std::string> checkBandwidth(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    const std::uint64_t size = setting.simulated ? kMebibyte : 256 * kMebibyte;
    WARPLOOM_TRY(const DeviceBuffer from, bench->buffer(size, "from"));
    WARPLOOM_TRY(const DeviceBuffer to, bench->buffer(size, "to"));
    WARPLOOM_CHECK(bench->fill(from, 0x5A));
    WARPLOOM_TRY(const double time, bench->medianCopyTime(from, to, true, 15));
    WARPLOOM_TRY(const std::vector<int> copied, bench->ints(to.address + size - 64, 16));
    CHECK_THAT(copied == std::vector<int>(16, 0x5A5A5A5A), "the copy is not a copy");
    const double rate = 2.0 * static_cast<double>(size) / (time * 1e-6);
    const double peak = bench->device().facts().dramBytesPerSecond;
    CHECK_THAT(time > 0, "no time passed");
    CHECK_THAT(setting.simulated || (rate > 0.3 * peak && rate < 1.05 * peak), "{:.0f} GB/s is not plausible",
               rate / 1e9);
    return fmt::format("{:.1f} us, {:.0f} GB/s, {:.1f} % of {:.0f}", time, rate / 1e9, 100 * rate / peak, peak / 1e9);
}

Result<std::string> checkColdAgainstHot(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    std::string text;
    for (const int mebibytes : {1, 8}) {
        WARPLOOM_TRY(const DeviceBuffer from, bench->buffer(static_cast<std::uint64_t>(mebibytes) * kMebibyte, "from"));
        WARPLOOM_TRY(const DeviceBuffer to, bench->buffer(static_cast<std::uint64_t>(mebibytes) * kMebibyte, "to"));
        WARPLOOM_TRY(const double cold, bench->medianCopyTime(from, to, true, 21));
        WARPLOOM_TRY(const double hot, bench->medianCopyTime(from, to, false, 21));
        CHECK_THAT(mebibytes == 1 || hot < 0.95 * cold, "hot {:.2f} us, cold {:.2f} us", hot, cold);
        text += fmt::format("{}{} MiB: cold {:.2f} us, hot {:.2f} us", text.empty() ? "" : "; ", mebibytes, cold, hot);
    }
    return text;
}

Result<std::string> checkNoise(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    const int rounds = setting.simulated ? 4 : 64;
    std::string text;
    for (const int mebibytes : setting.simulated ? std::vector{1} : std::vector{8, 64}) {
        WARPLOOM_TRY(const DeviceBuffer from, bench->buffer(static_cast<std::uint64_t>(mebibytes) * kMebibyte, "from"));
        WARPLOOM_TRY(const DeviceBuffer to, bench->buffer(static_cast<std::uint64_t>(mebibytes) * kMebibyte, "to"));
        WARPLOOM_TRY(double last, bench->medianCopyTime(from, to, true, 20));
        std::vector<double> ratios;
        for (int i = 0; i < rounds; ++i) {
            WARPLOOM_TRY(const double a, bench->medianCopyTime(from, to, true, 5));
            WARPLOOM_TRY(last, bench->medianCopyTime(from, to, true, 5));
            ratios.push_back(std::log(last / a));
        }
        const double deviation = robustDeviation(ratios);
        CHECK_THAT(setting.simulated || deviation < 0.05, "{:.2f} % between equal kernels", 100 * deviation);
        text += fmt::format("{}{} MiB ({:.1f} us): sd {:.3f} %", text.empty() ? "" : "; ", mebibytes, last,
                            100 * deviation);
    }
    return text;
}

Result<std::string> checkBatch(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting, "kernels"));
    constexpr int kPlans = 200;
    TimingRequest request;
    request.plans = kPlans;
    std::vector<DeviceBuffer> buffers;
    for (int i = 0; i < kPlans; ++i) {
        WARPLOOM_TRY(const DeviceBuffer from, bench->buffer(4096, "from"));
        WARPLOOM_TRY(buffers.emplace_back(), bench->buffer(4096, "to"));
        WARPLOOM_CHECK(bench->fill(from, static_cast<unsigned char>(i)));
        request.prepare.emplace_back(ZeroStep{buffers.back().address, buffers.back().size, 0xEE});
        request.timed.emplace_back(bench->copy(from, buffers.back()));
    }
    std::vector<double> times;
    const auto begin = Clock::now();
    for (int i = 0; i < 10; ++i) {
        WARPLOOM_TRY(const TimingOutcome outcome, bench->device().time(request));
        if (!outcome.notBatched.empty())
            return fmt::format("refused, for {}", outcome.notBatched);
        CHECK_THAT(!outcome.fault, "the batch failed: {}", outcome.fault->message);
        times.push_back(outcome.time.count());
    }
    const auto end = Clock::now();
    for (int i = 0; i < kPlans; ++i) {
        WARPLOOM_TRY(const std::vector<int> copied, bench->ints(buffers[static_cast<std::size_t>(i)].address, 1));
        const auto wanted = static_cast<int>(static_cast<unsigned>(i) * 0x01010101u);
        CHECK_THAT(copied[0] == wanted, "plan {} left {:#x}", i, copied[0]);
    }
    CHECK_THAT(setting.simulated || (median(times) > 0.3 && median(times) < 50), "{:.2f} us a plan", median(times));
    return fmt::format("{:.3f} us a plan, sd {:.2f} %, {:.1f} ms a batch in all", median(times),
                       100 * robustDeviation(times) / median(times), milliseconds(end - begin) / 10);
}

Result<std::string> checkPreparedTiming(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const DeviceBuffer out, bench->buffer(4096, "out"));
    TimingRequest request;
    request.prepare = {ZeroStep{out.address, out.size}};
    request.timed.assign(700, bench->launch("addOne", {4}, {256}, {argument(out.address), argument(1024)}));
    WARPLOOM_TRY(const TimingOutcome outcome, bench->device().time(request));
    CHECK_THAT(!outcome.fault && outcome.time.count() > 0, "no time");
    WARPLOOM_TRY(const std::vector<int> sums, bench->ints(out.address, 1024));
    CHECK_THAT(sums.back() == 700, "{} additions after a prepare of zero", sums.back());
    request.prepare = {ZeroStep{out.address, out.size, 0x01}};
    WARPLOOM_TRY(const TimingOutcome poisoned, bench->device().time(request));
    CHECK_THAT(!poisoned.fault, "no time after a poison");
    WARPLOOM_TRY(const std::vector<int> onPoison, bench->ints(out.address, 1024));
    CHECK_THAT(onPoison.back() == 0x01010101 + 700, "{:#x} after a prepare of 0x01", onPoison.back());
    WARPLOOM_CHECK(bench->fill(out, 0));
    WARPLOOM_TRY(const RunOutcome run, bench->device().run(request.timed, {}));
    CHECK_THAT(!run.fault, "700 steps in one run failed");
    WARPLOOM_TRY(const std::vector<int> more, bench->ints(out.address, 1));
    CHECK_THAT(more[0] == 700, "{} additions", more[0]);
    return fmt::format("700 launches in {:.0f} us", outcome.time.count());
}

}  // namespace warploom::test
