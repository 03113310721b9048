// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "CheckBench.h"
#include "Checks.h"

namespace warploom::test {

namespace {

constexpr std::uint64_t kCopiedBytes = 256ull << 20;
constexpr std::uint64_t kSectorBytes = 32;

/// A copy of kCopiedBytes, to be counted.
Result<std::vector<DeviceStep>> countedCopy(CheckBench& bench)
{
    WARPLOOM_TRY(const DeviceBuffer from, bench.buffer(kCopiedBytes, "from"));
    WARPLOOM_TRY(const DeviceBuffer to, bench.buffer(kCopiedBytes, "to"));
    WARPLOOM_CHECK(bench.fill(from, 0x5A));
    return std::vector<DeviceStep>{bench.copy(from, to)};
}

std::uint64_t sumOf(const InstructionReport& report, const std::string& name)
{
    std::uint64_t sum = 0;
    for (const InstructionFigures& figures : report.instructions)
        sum += figures.value(name);
    return sum;
}

bool isAllOf(const InstructionReport& report, const std::string& kernel)
{
    return std::all_of(report.instructions.begin(), report.instructions.end(),
                       [&](const InstructionFigures& figures) { return figures.function == kernel; });
}

}  // namespace

Result<std::string> checkCounters(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    CounterRequest request;
    WARPLOOM_TRY(request.steps, countedCopy(*bench));
    const std::string loads = "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum";
    const std::string reads = "dram__bytes_read.sum";
    const std::string writes = "dram__bytes_write.sum";
    request.metrics = {loads, reads, writes, "no__such_metric.sum"};
    WARPLOOM_TRY(const CounterReport first, bench->device().count(request));
    WARPLOOM_TRY(const CounterReport report, bench->device().count(request));
    CHECK_THAT(!report.fault && report.launches.size() == 1, "{} launches were counted", report.launches.size());
    CHECK_THAT(report.unknown == std::vector<std::string>{"no__such_metric.sum"}, "a metric that is not was found");
    auto metrics = report.launches.front().metrics;
    const auto bytes = static_cast<double>(kCopiedBytes);
    CHECK_THAT(metrics[loads] * kSectorBytes == bytes, "{} sectors loaded", metrics[loads]);
    CHECK_THAT(std::abs(metrics[reads] / bytes - 1) < 0.02, "{} of {} bytes read", metrics[reads], bytes);
    // What L2 still holds at the end is not written; what was in it before must not be either.
    CHECK_THAT(metrics[writes] < bytes * 1.01, "{} bytes written of {}", metrics[writes], bytes);
    return fmt::format("{}, {} passes, first {:.0f} ms, warm {:.0f} ms; {:.1f} MB read and {:.1f} MB written of {:.1f}",
                       report.chip, report.passes, 1e3 * first.seconds, 1e3 * report.seconds, metrics[reads] / 1e6,
                       metrics[writes] / 1e6, bytes / 1e6);
}

Result<std::string> checkStalls(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    InstructionRequest request;
    WARPLOOM_TRY(request.steps, countedCopy(*bench));
    WARPLOOM_TRY(const InstructionReport report, bench->device().countInstructions(request));
    CHECK_THAT(!report.fault && report.samples >= request.enoughSamples, "{} samples", report.samples);
    CHECK_THAT(!report.instructions.empty() && isAllOf(report, "copy16"), "samples of another kernel");
    std::uint64_t placed = 0;
    for (const InstructionFigures& figures : report.instructions)
        for (const auto& [name, samples] : figures.values)
            placed += name.ends_with("_not_issued") ? 0 : samples;
    CHECK_THAT(placed == report.samples, "{} of {} samples have a place", placed, report.samples);
    CHECK_THAT(sumOf(report, "long_scoreboard") * 2 > report.samples, "a copy does not wait for memory");
    return fmt::format("{} samples of {} runs at {} instructions, {} dropped, {:.0f} ms", report.samples, report.plays,
                       report.instructions.size(), report.dropped, 1e3 * report.seconds);
}

Result<std::string> checkInstructionCounts(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    InstructionRequest request;
    request.figure = InstructionFigure::Counts;
    WARPLOOM_TRY(request.steps, countedCopy(*bench));
    WARPLOOM_TRY(const InstructionReport report, bench->device().countInstructions(request));
    CHECK_THAT(!report.fault && report.unknown.empty(), "{} metrics are unknown", report.unknown.size());
    CHECK_THAT(!report.instructions.empty() && isAllOf(report, "copy16"), "counts of another kernel");
    const std::uint64_t sectors = sumOf(report, "smsp__sass_sectors_mem_global");
    CHECK_THAT(sectors * kSectorBytes == 2 * kCopiedBytes, "{} sectors", sectors);
    const auto& launch = std::get<LaunchStep>(request.steps.front());
    const std::uint64_t warps = launch.grid.count() * launch.block.count() / 32;
    const std::uint64_t begun = report.instructions.front().value("smsp__sass_inst_executed");
    CHECK_THAT(begun == warps, "{} warps began of {}", begun, warps);
    return fmt::format("{} instructions, {} warps, {:.0f} ms", report.instructions.size(), begun, 1e3 * report.seconds);
}

}  // namespace warploom::test
