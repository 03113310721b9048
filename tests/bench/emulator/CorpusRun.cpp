// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CorpusRun.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "analysis/Observation.h"

namespace warploom::test {

namespace {

/// A card counts a wavefront for each warp, barrier and shuffle in it as well.
const std::string kAllWavefronts = "l1tex__data_pipe_lsu_wavefronts_mem_shared.sum";
const std::string kLoadWavefronts = "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_ld.sum";
const std::string kStoreWavefronts = "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_st.sum";

}  // namespace

namespace {

std::string textOf(const Fault& fault)
{
    return fmt::format("{}: {}{}", verdictName(fault.verdict), fault.message,
                       fault.place.line > 0 ? fmt::format(" (line {})", fault.place.line) : std::string());
}

}  // namespace

CorpusLaunch::CorpusLaunch(Device& device, const CorpusKernel& kernel, LoadedModule module)
    : m_device(&device)
    , m_kernel(&kernel)
    , m_module(module)
{
}

CorpusLaunch::CorpusLaunch(CorpusLaunch&& other) noexcept
    : m_device(std::exchange(other.m_device, nullptr))
    , m_kernel(other.m_kernel)
    , m_module(other.m_module)
    , m_in(other.m_in)
    , m_out(other.m_out)
{
}

CorpusLaunch::~CorpusLaunch()
{
    if (m_device == nullptr)
        return;
    for (const DeviceBuffer& buffer : {m_in, m_out})
        if (buffer.size.value != 0)
            m_device->release(buffer);
}

Result<CorpusLaunch> CorpusLaunch::prepare(Device& device, const CorpusKernel& kernel, LoadedModule module)
{
    CorpusLaunch made(device, kernel, module);
    const std::vector<std::uint32_t> input = corpusInput(kernel);
    WARPLOOM_TRY(made.m_in, device.allocate({Bytes{input.size() * sizeof(std::uint32_t)}, "in"}));
    WARPLOOM_TRY(made.m_out, device.allocate({Bytes{sizeof(std::uint32_t) * kernel.words * kernel.threads()}, "out"}));
    WARPLOOM_CHECK(device.upload(made.m_in.address, std::as_bytes(std::span(input))));
    return made;
}

LaunchStep CorpusLaunch::launch() const
{
    LaunchStep step;
    step.module = m_module;
    step.kernel = m_kernel->name;
    step.grid = m_kernel->grid;
    step.block = m_kernel->block;
    step.arguments = {argumentOf(m_in.address), argumentOf(m_out.address),
                      argumentOf(static_cast<std::int32_t>(m_kernel->threads()))};
    return step;
}

Result<CorpusOutcome> CorpusLaunch::run(bool checks)
{
    RunLimits limits;
    limits.checks = checks;
    const std::vector<DeviceStep> steps{zero(), launch()};
    WARPLOOM_TRY(const RunOutcome ran, m_device->run(steps, limits));
    CorpusOutcome outcome;
    if (ran.fault) {
        outcome.fault = textOf(*ran.fault);
        return outcome;
    }
    outcome.words.resize(m_out.size.value / sizeof(std::uint32_t));
    WARPLOOM_CHECK(m_device->download(m_out.address, std::as_writable_bytes(std::span(outcome.words))));
    for (const LaunchCounters& counts : ran.counters) {
        for (const std::string& name : countedMetricNames())
            if (const auto value = countedMetric(counts, name); value && name != kAllWavefronts)
                outcome.metrics[name] = *value;
        outcome.metrics[kLoadWavefronts] = static_cast<double>(counts.sharedLoadWavefronts);
        outcome.metrics[kStoreWavefronts] = static_cast<double>(counts.sharedStoreWavefronts);
    }
    return outcome;
}

std::vector<std::string> comparedMetrics()
{
    std::vector<std::string> names{kLoadWavefronts, kStoreWavefronts};
    std::ranges::copy_if(countedMetricNames(), std::back_inserter(names),
                         [](const std::string& name) { return name != kAllWavefronts; });
    return names;
}

Result<std::map<std::string, double>> CorpusLaunch::count(CounterDevice& counters,
                                                          const std::vector<std::string>& metrics)
{
    CounterRequest request;
    request.prepare = {zero()};
    request.steps = {launch()};
    request.cold = false;
    request.metrics = metrics;
    WARPLOOM_TRY(const CounterReport report, counters.count(request));
    if (report.fault)
        return fail(ErrorCode::DeviceFailed, textOf(*report.fault));
    if (report.launches.size() != 1)
        return fail(ErrorCode::Internal, fmt::format("{} launches were counted", report.launches.size()));
    return report.launches.front().metrics;
}

Result<CompileProduct> compileCorpusFile(CachedCompiler& compiler, const CorpusFile& file,
                                         const std::string& architecture)
{
    CompileRequest request;
    request.source = file.source;
    request.fileName = file.name;
    request.architecture = architecture;
    for (const CorpusKernel& kernel : file.kernels)
        request.kernels.push_back(kernel.name);
    WARPLOOM_TRY(auto compiled, compiler.compile(request));
    if (const auto* failure = std::get_if<CompileFailure>(&compiled))
        return fail(ErrorCode::CompileFailed, fmt::format("{}: {}", file.name, failure->log));
    return std::get<CompileProduct>(std::move(compiled));
}

}  // namespace warploom::test
