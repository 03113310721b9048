// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "TimingBenches.h"
#include "analysis/Peaks.h"
#include "analysis/Rule.h"
#include "device/cuda/CudaDevice.h"
#include "device/cuda/GpuLock.h"
#include "measure/CardSensors.h"
#include "measure/PeakBench.h"

namespace warploom::test {

namespace {

std::string rateOf(PeakRoof roof, double perSecond)
{
    if (!(perSecond > 0))
        return "unknown";
    return numberText(isMemory(roof) ? "_bytes_per_second" : "_flops_per_second", perSecond);
}

void printRow(const PeakFigure& figure, const DeviceFacts& facts, double clockMhz)
{
    if (!figure.missing.empty()) {
        fmt::print("not measured: {}\n", figure.missing);
        return;
    }
    const double theoretical = theoreticalPeak(facts, figure.roof);
    fmt::print("{:<14}{:<14}{:<9}{:<12.4g}{:.0f}\n", rateOf(figure.roof, figure.perSecond),
               rateOf(figure.roof, theoretical),
               theoretical > 0 ? fmt::format("{:.1f} %", 100 * figure.perSecond / theoretical) : "",
               figure.time.count() / 1e3, clockMhz);
}

}  // namespace

Result<> benchPeaks(int ordinal, const std::vector<std::string>& only)
{
    WARPLOOM_TRY(const auto device, makeCudaDevice(ordinal));
    WARPLOOM_TRY(const auto lock, GpuLock::lock(device->facts().uuid, std::chrono::seconds(30), {}));
    WARPLOOM_TRY(CachedCompiler compiler, CachedCompiler::open(device->cudaVersion() / 1000));
    const DeviceFacts& facts = device->facts();
    const Judge::Sensors sensors = cardSensors(facts.uuid);
    PeakBench bench(*device, compiler, {});
    fmt::print("{}, driver {}, {} multiprocessors, {:.0f} MHz at most\n\n", facts.name, facts.driver,
               facts.multiprocessors, facts.clockMhz);
    fmt::print("{:<22}{:<36}{:<14}{:<14}{:<9}{:<12}{}\n", "peak of", "by", "measured", "theoretical", "share",
               "a launch/ms", "MHz after");
    DevicePeaks peaks{facts.uuid, facts.name, facts.driver};
    for (const PeakMethod& method : peakMethods(facts.architecture)) {
        if (!only.empty() && std::find(only.begin(), only.end(), method.kernel) == only.end())
            continue;
        fmt::print("{:<22}{:<36}", peakRoofTitle(method.roof), method.method);
        // So that one which never ends can be told by its name.
        std::fflush(stdout);
        WARPLOOM_TRY(PeakFigure figure, bench.measure(method));
        printRow(figure, facts, sensors().clockMhz);
        peaks.figures.push_back(std::move(figure));
    }
    fmt::print("\n");
    const Peaks found(facts, peaks);
    for (const std::string& remark : found.remarks())
        fmt::print("{}\n", remark);
    return {};
}

}  // namespace warploom::test
