// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/JudgeKernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "measure/ArgumentBuilder.h"
#include "measure/HalfFloats.h"

namespace warploom {

std::string_view judgeKernelSource();

namespace {

constexpr std::uint32_t kThreads = 128;
constexpr std::uint32_t kMostBlocks = 264;
/// What the emulator's threads compare: they leave cells that cost as much as many an element.
constexpr std::uint64_t kElementsAThread = 32;

/// Must match struct Cell in JudgeKernels.cu.
struct ComparisonCell {
    std::uint64_t compared;
    std::uint64_t wrong;
    std::uint64_t untouched;
    std::uint64_t firstWrong;
    std::uint64_t worstIndex;
    double worstRatio;
    double largestError;
    double squares;
    double sum;
    double sumSquares;
    double least;
    double most;
    std::uint64_t histogram[16];
};
static_assert(sizeof(ComparisonCell) == 28 * 8);

std::uint32_t blocksFor(std::uint64_t items)
{
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>((items + kThreads - 1) / kThreads, 1, kMostBlocks));
}

ComparisonReport sum(const std::vector<ComparisonCell>& cells)
{
    ComparisonReport report;
    report.firstWrong = ~std::uint64_t{0};
    double squares = 0;
    double values = 0;
    double valueSquares = 0;
    report.leastExpected = std::numeric_limits<double>::infinity();
    report.mostExpected = -report.leastExpected;
    for (const ComparisonCell& cell : cells) {
        report.elements += cell.compared;
        report.wrong += cell.wrong;
        report.untouched += cell.untouched;
        report.firstWrong = std::min(report.firstWrong, cell.firstWrong);
        if (cell.worstRatio > report.worstRatio) {
            report.worstRatio = cell.worstRatio;
            report.worstIndex = cell.worstIndex;
        }
        report.largestError = std::max(report.largestError, cell.largestError);
        for (std::size_t bin = 0; bin < report.histogram.size(); ++bin)
            report.histogram[bin] += cell.histogram[bin];
        squares += cell.squares;
        values += cell.sum;
        valueSquares += cell.sumSquares;
        report.leastExpected = std::min(report.leastExpected, cell.least);
        report.mostExpected = std::max(report.mostExpected, cell.most);
    }
    const auto count = static_cast<double>(std::max<std::uint64_t>(report.elements, 1));
    report.meanSquareRatio = squares / count;
    report.meanExpected = values / count;
    report.expectedDeviation =
        std::sqrt(std::max(0.0, valueSquares / count - report.meanExpected * report.meanExpected));
    return report;
}

double decode(ElementType type, const std::byte* bytes)
{
    const auto as = [bytes]<typename T>(T) {
        T value;
        std::memcpy(&value, bytes, sizeof value);
        return value;
    };
    switch (type) {
    case ElementType::F64:
        return as(double{});
    case ElementType::F32:
        return static_cast<double>(as(float{}));
    case ElementType::F16:
        return halfToDouble(as(std::uint16_t{}));
    case ElementType::BF16:
        return bfloatToDouble(as(std::uint16_t{}));
    case ElementType::I64:
        return static_cast<double>(as(std::int64_t{}));
    case ElementType::I32:
        return as(std::int32_t{});
    case ElementType::I16:
        return as(std::int16_t{});
    case ElementType::I8:
        return as(std::int8_t{});
    case ElementType::U64:
        return static_cast<double>(as(std::uint64_t{}));
    case ElementType::U32:
        return as(std::uint32_t{});
    case ElementType::U16:
        return as(std::uint16_t{});
    case ElementType::U8:
        return as(std::uint8_t{});
    }
    return 0;
}

Error faultAsError(const Fault& fault)
{
    return Error{
        ErrorCode::DeviceFailed, fmt::format("the judge's own kernel failed: {}", fault.message), fault.place, {}, {}};
}

}  // namespace

JudgeKernels::JudgeKernels(Device& device, LoadedModule module)
    : m_device(&device)
    , m_module(module)
{
}

Result<JudgeKernels> JudgeKernels::load(Device& device, CachedCompiler& compiler)
{
    CompileRequest request;
    request.source = std::string(judgeKernelSource());
    request.fileName = "JudgeKernels.cu";
    request.architecture = device.facts().architecture;
    request.kernels = {"judge_fill",  "judge_distort", "judge_trivial", "judge_poison",
                       "judge_widen", "judge_hash",    "judge_compare"};
    WARPLOOM_TRY(auto outcome, compiler.compile(request));
    if (const auto* failure = std::get_if<CompileFailure>(&outcome))
        return fail(ErrorCode::Internal, fmt::format("the judge's kernels do not compile: {}", failure->log));
    WARPLOOM_TRY(const LoadedModule module, device.load(std::get<CompileProduct>(outcome)));
    JudgeKernels kernels(device, module);
    WARPLOOM_TRY(kernels.m_cells, device.allocate({Bytes{sizeof(ComparisonCell) * kThreads * kMostBlocks}, "cells"}));
    return kernels;
}

Result<> JudgeKernels::launch(const char* kernel, std::uint64_t items, std::vector<ArgumentBytes> arguments)
{
    return launchBlocks(kernel, blocksFor(items), std::move(arguments));
}

Result<> JudgeKernels::launchBlocks(const char* kernel, std::uint32_t blocks, std::vector<ArgumentBytes> arguments)
{
    LaunchStep step;
    step.module = m_module;
    step.kernel = kernel;
    step.grid = {blocks, 1, 1};
    step.block = {kThreads, 1, 1};
    step.arguments = std::move(arguments);
    const std::vector<DeviceStep> steps{std::move(step)};
    RunLimits limits;
    limits.deadline = std::chrono::seconds(60);
    limits.checks = false;
    WARPLOOM_TRY(const RunOutcome outcome, m_device->run(steps, limits));
    if (outcome.fault)
        return fail(faultAsError(*outcome.fault));
    return {};
}

Result<> JudgeKernels::fill(DeviceAddress data, ElementType type, const Fill& fill, const ExpressionScope& sizes,
                            std::uint64_t seed, std::uint64_t elements)
{
    if (elements == 0)
        return {};
    WARPLOOM_TRY(const std::int64_t low, fill.low.evaluate(sizes));
    WARPLOOM_TRY(const std::int64_t high, fill.high.evaluate(sizes));
    return launch("judge_fill", elements,
                  ArgumentBuilder()
                      .add(data)
                      .add(static_cast<std::int32_t>(type))
                      .add(static_cast<std::int32_t>(fill.kind))
                      .add(fill.first)
                      .add(fill.second)
                      .add(low)
                      .add(high)
                      .add(seed)
                      .add(elements)
                      .take());
}

Result<> JudgeKernels::distort(DeviceAddress data, ElementType type, const Distortion& distortion, std::uint64_t seed,
                               std::uint64_t elements)
{
    if (elements == 0)
        return {};
    return launch("judge_distort", elements,
                  ArgumentBuilder()
                      .add(data)
                      .add(static_cast<std::int32_t>(type))
                      .add(static_cast<std::int32_t>(distortion.kind))
                      .add(distortion.first)
                      .add(distortion.second)
                      .add(distortion.low)
                      .add(distortion.high)
                      .add(seed)
                      .add(distortion.row)
                      .add(elements)
                      .take());
}

Result<> JudgeKernels::writeTrivial(DeviceAddress data, ElementType type, TrivialAnswer kind, double constant,
                                    DeviceAddress source, ElementType sourceType, std::uint64_t elements)
{
    if (elements == 0)
        return {};
    return launch("judge_trivial", elements,
                  ArgumentBuilder()
                      .add(data)
                      .add(static_cast<std::int32_t>(type))
                      .add(static_cast<std::int32_t>(kind))
                      .add(constant)
                      .add(source)
                      .add(static_cast<std::int32_t>(sourceType))
                      .add(elements)
                      .take());
}

Result<> JudgeKernels::poison(DeviceAddress data, Bytes size, std::uint64_t seed, bool asReals)
{
    if (size.value == 0)
        return {};
    WARPLOOM_CHECK(
        launch("judge_poison", (size.value + 7) / 8,
               ArgumentBuilder().add(data).add(seed).add(size.value).add(std::int32_t{asReals ? 1 : 0}).take()));
    return m_device->markUnwritten(data, size);
}

Result<> JudgeKernels::widen(DeviceAddress wide, DeviceAddress narrow, ElementType type, std::uint64_t elements)
{
    if (elements == 0)
        return {};
    return launch("judge_widen", elements,
                  ArgumentBuilder().add(wide).add(narrow).add(static_cast<std::int32_t>(type)).add(elements).take());
}

Result<std::uint64_t> JudgeKernels::hash(DeviceAddress data, Bytes size)
{
    std::uint64_t sum = 0;
    WARPLOOM_CHECK(m_device->upload(m_cells.address, std::as_bytes(std::span(&sum, 1))));
    if (size.value == 0)
        return sum;
    WARPLOOM_CHECK(launch("judge_hash", (size.value + 7) / 8,
                          ArgumentBuilder().add(data).add(size.value).add(m_cells.address).take()));
    WARPLOOM_CHECK(m_device->download(m_cells.address, std::as_writable_bytes(std::span(&sum, 1))));
    return sum;
}

Result<ComparisonReport> JudgeKernels::compare(const ComparisonRequest& request)
{
    if (request.elements == 0)
        return ComparisonReport{};
    const std::uint32_t blocks =
        blocksFor(m_device->facts().modelled ? request.elements / kElementsAThread : request.elements);
    WARPLOOM_CHECK(launchBlocks("judge_compare", blocks,
                                ArgumentBuilder()
                                    .add(request.actual)
                                    .add(static_cast<std::int32_t>(request.type))
                                    .add(request.expected)
                                    .add(request.elements)
                                    .add(request.relativeTolerance)
                                    .add(request.absoluteTolerance)
                                    .add(request.allowedRatio)
                                    .add(request.poisonSeed)
                                    .add(request.mask)
                                    .add(std::int32_t{request.secondRun ? 1 : 0})
                                    .add(m_cells.address)
                                    .take()));
    std::vector<ComparisonCell> cells(std::size_t{kThreads} * blocks);
    WARPLOOM_CHECK(m_device->download(m_cells.address, std::as_writable_bytes(std::span(cells))));
    ComparisonReport report = sum(cells);
    const std::uint64_t shown = report.wrong > 0 ? report.firstWrong : report.worstIndex;
    WARPLOOM_TRY(report.got, element(request.actual, request.type, shown));
    const ElementType expectedType = isFloating(request.type) ? ElementType::F64 : request.type;
    WARPLOOM_TRY(report.expected, element(request.expected, expectedType, shown));
    WARPLOOM_TRY(report.worstGot, element(request.actual, request.type, report.worstIndex));
    WARPLOOM_TRY(report.worstExpected, element(request.expected, expectedType, report.worstIndex));
    if (report.wrong == 0)
        report.firstWrong = 0;
    if (report.leastExpected > report.mostExpected)
        report.leastExpected = report.mostExpected = std::numeric_limits<double>::quiet_NaN();
    return report;
}

Result<double> JudgeKernels::element(DeviceAddress data, ElementType type, std::uint64_t index)
{
    std::byte bytes[8]{};
    const std::uint32_t size = elementSize(type);
    WARPLOOM_CHECK(m_device->download(data + index * size, std::span(bytes, size)));
    return decode(type, bytes);
}

}  // namespace warploom
