// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CudaCounters.h"

#include <algorithm>

#include "device/cuda/CuptiActivity.h"
#include "device/cuda/RangeProfiler.h"

namespace warploom {

#if WARPLOOM_HAS_CUPTI_RANGES

namespace {

/// One request under way: which pass, and what the device has done wrong.
class Counting {
public:
    Counting(CudaContext& context, CudaQueue& queue, CudaModules& modules, CudaTimer& timer,
             const CounterRequest& request)
        : m_context(context)
        , m_queue(queue)
        , m_modules(modules)
        , m_timer(timer)
        , m_request(request)
    {
    }

    Result<CounterReport> run()
    {
        WARPLOOM_TRY(auto cupti, Cupti::open(CuptiActivity::usualLibraries()));
        WARPLOOM_TRY(m_report.chip, profiledChip(*cupti, m_context.device(), m_context.device()));
        WARPLOOM_TRY(const auto availability, counterAvailability(*cupti, m_context.handle()));
        WARPLOOM_TRY(auto plan, MetricPlan::make(cupti, m_report.chip, m_request.metrics, availability));
        m_report.unknown = plan->unknown();
        m_report.passes = static_cast<int>(plan->passes());
        m_report.cold = m_request.cold;
        // Before the counters are on: preparing loads kernels, which CUPTI would take note of.
        for (const auto* steps : {&m_request.prepare, &m_request.steps}) {
            WARPLOOM_TRY(m_report.fault, m_queue.prepare(*steps));
            if (m_report.fault)
                return std::move(m_report);
        }
        const auto launches = std::count_if(m_request.steps.begin(), m_request.steps.end(), [](const DeviceStep& step) {
            return std::holds_alternative<LaunchStep>(step);
        });
        WARPLOOM_TRY(m_profiler,
                     RangeProfiler::enable(cupti, m_context.handle(), std::move(plan),
                                           std::max<std::size_t>(1, static_cast<std::size_t>(launches))));
        const auto collected = m_profiler->collect([this](std::size_t pass) { return play(pass); });
        if (m_report.fault)
            return std::move(m_report);
        WARPLOOM_CHECK(collected);
        WARPLOOM_CHECK(read());
        return std::move(m_report);
    }

private:
    /// An Error ends the collection; with a fault it is only a way out.
    Result<> play(std::size_t pass)
    {
        const auto passes = static_cast<std::size_t>(m_report.passes);
        if (m_request.progress && !m_request.progress(pass, passes))
            return fail(ErrorCode::Cancelled, "counting was cancelled");
        m_deadline = std::chrono::steady_clock::now() + m_request.deadline;
        for (const LoadedModule module : m_request.reset)
            WARPLOOM_CHECK(m_modules.resetGlobals(module));
        WARPLOOM_CHECK(perform(m_request.prepare));
        if (m_request.cold)
            WARPLOOM_CHECK(m_timer.evictCache());
        WARPLOOM_CHECK(finish({}));
        std::size_t launch = 0;
        for (const DeviceStep& step : m_request.steps) {
            const bool isCounted = std::holds_alternative<LaunchStep>(step);
            if (isCounted)
                WARPLOOM_CHECK(m_profiler->push(std::to_string(launch++)));
            WARPLOOM_CHECK(perform({&step, 1}));
            if (isCounted)
                WARPLOOM_CHECK(m_profiler->pop());
        }
        return {};
    }

    Result<> perform(std::span<const DeviceStep> steps)
    {
        WARPLOOM_TRY(m_report.fault, m_queue.enqueueAll(steps));
        if (m_report.fault)
            return fail(ErrorCode::DeviceFailed, m_report.fault->message);
        return finish(CudaQueue::kernelNames(steps));
    }

    Result<> finish(const std::string& where)
    {
        WARPLOOM_TRY(m_report.fault, m_queue.wait(m_deadline, where));
        return m_report.fault ? fail(ErrorCode::DeviceFailed, m_report.fault->message) : Result<>();
    }

    Result<> read()
    {
        WARPLOOM_TRY(const auto ranges, m_profiler->read());
        std::size_t launch = 0;
        for (const DeviceStep& step : m_request.steps) {
            const auto* counted = std::get_if<LaunchStep>(&step);
            if (counted == nullptr)
                continue;
            const std::string name = std::to_string(launch++);
            const auto found =
                std::find_if(ranges.begin(), ranges.end(), [&](const auto& range) { return range.first == name; });
            if (found == ranges.end())
                return fail(ErrorCode::DeviceFailed, "the counters of a launch are missing: " + counted->kernel);
            m_report.launches.push_back({counted->kernel, found->second});
        }
        return {};
    }

    CudaContext& m_context;
    CudaQueue& m_queue;
    CudaModules& m_modules;
    CudaTimer& m_timer;
    const CounterRequest& m_request;
    std::unique_ptr<RangeProfiler> m_profiler;
    std::chrono::steady_clock::time_point m_deadline;
    CounterReport m_report;
};

}  // namespace

Result<CounterReport> countOnCard(CudaContext& context, CudaQueue& queue, CudaModules& modules, CudaTimer& timer,
                                  const CounterRequest& request)
{
    const auto begin = std::chrono::steady_clock::now();
    WARPLOOM_TRY(CounterReport report, Counting(context, queue, modules, timer, request).run());
    report.seconds = Seconds(std::chrono::steady_clock::now() - begin).count();
    return report;
}

#else

Result<CounterReport> countOnCard(CudaContext& /*context*/, CudaQueue& /*queue*/, CudaModules& /*modules*/,
                                  CudaTimer& /*timer*/, const CounterRequest& /*request*/)
{
    return fail(ErrorCode::Unsupported, "this build was made without CUPTI's headers");
}

#endif

}  // namespace warploom
