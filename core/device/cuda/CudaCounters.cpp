// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CudaCounters.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/Units.h"
#include "device/cuda/CountedPlay.h"
#include "device/cuda/CuptiActivity.h"
#include "device/cuda/PcSampler.h"
#include "device/cuda/RangeProfiler.h"
#include "device/cuda/SassCounter.h"

namespace warploom {

CudaCounters::CudaCounters(CudaContext& context, CudaQueue& queue, CudaModules& modules, CudaTimer& timer,
                           const DeviceFacts& facts)
    : m_context(context)
    , m_queue(queue)
    , m_modules(modules)
    , m_timer(timer)
    , m_cleaner(context, facts)
{
}

#if WARPLOOM_HAS_CUPTI_RANGES

namespace {

using CountingClock = std::chrono::steady_clock;

tl::unexpected<Error> countingCancelled() { return fail(ErrorCode::Cancelled, "counting was cancelled"); }

/// What stands in the report's own fields of what was collected: a fault of the candidate is no failure.
template <typename Report>
Result<Report> reportOf(Report report, const Result<>& collected, const CountedPlay& play,
                        CountingClock::time_point begin)
{
    report.fault = play.fault();
    if (!report.fault && !collected)
        return fail(collected.error());
    report.seconds = Seconds(CountingClock::now() - begin).count();
    return report;
}

/// One entry an instruction: there is a record for each metric.
void mergeInstructions(std::vector<InstructionFigures>& instructions)
{
    std::map<std::pair<std::string, std::uint32_t>, std::map<std::string, std::uint64_t>> places;
    for (const InstructionFigures& figures : instructions)
        for (const auto& [name, value] : figures.values)
            places[{figures.function, figures.address}][name] += value;
    instructions.clear();
    for (const auto& [place, values] : places)
        instructions.push_back({place.first, place.second, 0, values});
}

}  // namespace

Result<> CudaCounters::open()
{
    if (!m_chip.empty())
        return {};
    WARPLOOM_TRY(m_cupti, Cupti::open(CuptiActivity::usualLibraries()));
    WARPLOOM_TRY(m_chip, profiledChip(*m_cupti, m_context.device(), m_context.device()));
    return {};
}

Result<CounterReport> CudaCounters::count(const CounterRequest& request)
{
    const auto begin = CountingClock::now();
    WARPLOOM_CHECK(open());
    CountedPlay play(m_queue, m_modules, m_timer, m_cleaner, request);
    CounterReport report;
    const auto collected = collect(request, play, report);
    return reportOf(std::move(report), collected, play, begin);
}

Result<std::shared_ptr<MetricPlan>> CudaCounters::planFor(const std::vector<std::string>& metrics)
{
    if (m_plan && m_planMetrics == metrics)
        return m_plan;
    if (m_availability.empty()) {
        WARPLOOM_TRY(m_availability, counterAvailability(*m_cupti, m_context.handle()));
    }
    WARPLOOM_TRY(m_plan, MetricPlan::make(m_cupti, m_chip, metrics, m_availability));
    m_planMetrics = metrics;
    return m_plan;
}

Result<RangeProfiler*> CudaCounters::profilerFor(const std::shared_ptr<MetricPlan>& plan, std::size_t launches)
{
    if (m_profiler && m_profiler->fits(*plan, launches)) {
        WARPLOOM_CHECK(m_profiler->rearm());
        return m_profiler.get();
    }
    m_profiler.reset();
    WARPLOOM_TRY(m_profiler, RangeProfiler::enable(m_cupti, m_context.handle(), plan, launches));
    return m_profiler.get();
}

Result<> CudaCounters::collect(const CounterRequest& request, CountedPlay& play, CounterReport& report)
{
    WARPLOOM_TRY(const auto plan, planFor(request.metrics));
    report.chip = m_chip;
    report.cold = request.cold;
    report.unknown = plan->unknown();
    report.passes = static_cast<int>(plan->passes());
    WARPLOOM_CHECK(play.prepare());
    std::vector<std::string> kernels;
    for (const DeviceStep& step : request.steps)
        if (const auto* launch = std::get_if<LaunchStep>(&step))
            kernels.push_back(launch->kernel);
    WARPLOOM_TRY(RangeProfiler * profiler, profilerFor(plan, std::max<std::size_t>(1, kernels.size())));
    const auto reset = [&](std::size_t pass) -> Result<> {
        if (request.progress && !request.progress(pass, plan->passes()))
            return countingCancelled();
        return play.reset();
    };
    if (auto collected = profiler->collect(reset, [&] { return play.perform(request.steps); }); !collected) {
        m_profiler.reset();  // it stands between two passes
        return collected;
    }
    WARPLOOM_TRY(auto launches, profiler->read());
    if (launches.size() != kernels.size())
        return fail(ErrorCode::DeviceFailed,
                    fmt::format("{} launches were counted of {}", launches.size(), kernels.size()));
    for (std::size_t launch = 0; launch < kernels.size(); ++launch)
        report.launches.push_back({kernels[launch], std::move(launches[launch])});
    return {};
}

Result<InstructionReport> CudaCounters::countInstructions(const InstructionRequest& request)
{
    const auto begin = CountingClock::now();
    WARPLOOM_CHECK(open());
    CountedPlay play(m_queue, m_modules, m_timer, m_cleaner, request);
    InstructionReport report;
    report.figure = request.figure;
    report.chip = m_chip;
    const auto collected =
        request.figure == InstructionFigure::Stalls ? sample(request, play, report) : patch(request, play, report);
    return reportOf(std::move(report), collected, play, begin);
}

void CudaCounters::release() { m_profiler.reset(); }

Result<> CudaCounters::sample(const InstructionRequest& request, CountedPlay& play, InstructionReport& report)
{
    WARPLOOM_CHECK(play.prepare());
    WARPLOOM_TRY(const auto sampler, PcSampler::enable(m_cupti, m_context.handle()));
    const auto end = CountingClock::now() + request.mostTime;
    do {
        if (request.progress && !request.progress(static_cast<std::size_t>(report.plays)))
            return countingCancelled();
        WARPLOOM_CHECK(play.reset());
        WARPLOOM_CHECK(sampler->start());
        WARPLOOM_CHECK(play.perform(request.steps));
        WARPLOOM_CHECK(sampler->stop());
        ++report.plays;
    } while (sampler->samples() < request.enoughSamples && !sampler->isFull() && CountingClock::now() < end);
    report.instructions = sampler->instructions();
    report.samples = sampler->samples();
    report.dropped = sampler->dropped();
    return {};
}

Result<> CudaCounters::patch(const InstructionRequest& request, CountedPlay& play, InstructionReport& report)
{
    WARPLOOM_CHECK(play.prepare());
    std::vector<std::string> known;
    for (const std::string& metric : SassCounter::usualMetrics())
        (SassCounter::knows(*m_cupti, m_chip, metric) ? known : report.unknown).push_back(metric);
    if (request.progress && !request.progress(0))
        return countingCancelled();
    WARPLOOM_CHECK(play.reset());
    WARPLOOM_TRY(const auto counter,
                 SassCounter::enable(m_cupti, m_context.handle(), m_chip, m_context.device(), known));
    WARPLOOM_CHECK(play.perform(request.steps));
    report.plays = 1;
    WARPLOOM_TRY(report.instructions, counter->read());
    mergeInstructions(report.instructions);
    return {};
}

#else

Result<> CudaCounters::open() { return fail(ErrorCode::Unsupported, "this build was made without CUPTI's headers"); }

void CudaCounters::release() { }

Result<CounterReport> CudaCounters::count(const CounterRequest& /*request*/) { return fail(open().error()); }

Result<InstructionReport> CudaCounters::countInstructions(const InstructionRequest& /*request*/)
{
    return fail(open().error());
}

#endif

}  // namespace warploom
