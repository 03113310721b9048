// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CudaQueue.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace warploom {

namespace {

/// The largest cluster that every device with clusters can schedule.
constexpr std::uint64_t kPortableCluster = 8;
constexpr std::size_t kNamesShown = 4;

std::optional<std::string> argumentMismatch(const LaunchStep& step, const CudaFunction& function)
{
    if (step.arguments.size() != function.parameterSizes.size())
        return fmt::format("{} has {} parameters, {} arguments were given", step.kernel, function.parameterSizes.size(),
                           step.arguments.size());
    for (std::size_t i = 0; i < step.arguments.size(); ++i) {
        if (step.arguments[i].size() != function.parameterSizes[i])
            return fmt::format("parameter {} of {} has {} bytes, its argument {}", i + 1, step.kernel,
                               function.parameterSizes[i], step.arguments[i].size());
    }
    return std::nullopt;
}

}  // namespace

std::string CudaQueue::kernelNames(std::span<const DeviceStep> steps)
{
    std::vector<std::string> names;
    for (const DeviceStep& step : steps) {
        const auto* launch = std::get_if<LaunchStep>(&step);
        if (launch != nullptr && std::find(names.begin(), names.end(), launch->kernel) == names.end())
            names.push_back(launch->kernel);
    }
    if (names.size() > kNamesShown) {
        names.resize(kNamesShown);
        names.emplace_back("…");
    }
    return names.size() <= 1 ? fmt::format("{}", fmt::join(names, ""))
                             : fmt::format("one of {}", fmt::join(names, ", "));
}

Result<std::optional<Fault>> CudaQueue::prepare(std::span<const DeviceStep> steps)
{
    WARPLOOM_CHECK(m_context.usable());
    for (const DeviceStep& step : steps) {
        if (const auto* zero = std::get_if<ZeroStep>(&step))
            WARPLOOM_CHECK(checkRange("zero", zero->address, zero->size));
        if (const auto* copy = std::get_if<CopyStep>(&step)) {
            WARPLOOM_CHECK(checkRange("write", copy->destination, copy->size));
            WARPLOOM_CHECK(checkRange("read", copy->source, copy->size));
        }
        const auto* launch = std::get_if<LaunchStep>(&step);
        if (launch == nullptr)
            continue;
        WARPLOOM_TRY(auto fault, prepareLaunch(*launch));
        if (fault)
            return fault;
    }
    return std::optional<Fault>();
}

Result<bool> CudaQueue::usesShared(std::span<const DeviceStep> steps)
{
    for (const DeviceStep& step : steps) {
        const auto* launch = std::get_if<LaunchStep>(&step);
        if (launch == nullptr)
            continue;
        WARPLOOM_TRY(const CudaFunction* function, m_modules.function(launch->module, launch->kernel));
        if (launch->dynamicShared.value > 0 || function->staticShared > 0)
            return true;
    }
    return false;
}

Result<std::optional<Fault>> CudaQueue::prepareLaunch(const LaunchStep& step)
{
    WARPLOOM_TRY(CudaFunction * function, m_modules.function(step.module, step.kernel));
    if (const auto mismatch = argumentMismatch(step, *function))
        return fail(ErrorCode::InvalidArgument, *mismatch);
    const CudaDriver& driver = m_context.driver();
    if (step.dynamicShared.value > function->dynamicShared) {
        // More than an int holds is more than any device has: refused below like any size beyond the limit.
        const auto bytes = static_cast<int>(std::min<std::uint64_t>(step.dynamicShared.value, 0x7FFFFFFF));
        const CUresult result =
            driver.funcSetAttribute(function->handle, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes);
        if (result != CUDA_SUCCESS)
            return launchResult(result, step);
        function->dynamicShared = step.dynamicShared.value;
    }
    if (step.cluster.count() > kPortableCluster && !function->largeClusters) {
        const CUresult result =
            driver.funcSetAttribute(function->handle, CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED, 1);
        if (result != CUDA_SUCCESS)
            return launchResult(result, step);
        function->largeClusters = true;
    }
    return std::optional<Fault>();
}

Result<std::optional<Fault>> CudaQueue::launchResult(CUresult result, const LaunchStep& step)
{
    if (result == CUDA_SUCCESS)
        return std::optional<Fault>();
    if (isSticky(result)) {
        m_context.breakBy(m_context.driver().nameOf(result));
        // An earlier step's failure that surfaces here.
        if (auto fault = faultOfExecution(m_context.driver(), result, {}))
            return fault;
        return fail(m_context.driver().errorOf(result, fmt::format("launch {}", step.kernel)));
    }
    return std::optional<Fault>(faultOfLaunch(m_context.driver(), result, step.kernel));
}

Result<std::optional<Fault>> CudaQueue::launch(const LaunchStep& step)
{
    WARPLOOM_TRY(const CudaFunction* function, m_modules.function(step.module, step.kernel));
    if (step.dynamicShared.value > function->dynamicShared)
        return fail(ErrorCode::Internal, fmt::format("{} was not prepared for its launch", step.kernel));
    std::array<CUlaunchAttribute, 2> attributes{};
    unsigned count = 0;
    if (step.cluster.count() > 1) {
        CUlaunchAttribute& cluster = attributes[count++];
        cluster.id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
        cluster.value.clusterDim.x = step.cluster.x;
        cluster.value.clusterDim.y = step.cluster.y;
        cluster.value.clusterDim.z = step.cluster.z;
    }
    if (step.cooperative) {
        CUlaunchAttribute& cooperative = attributes[count++];
        cooperative.id = CU_LAUNCH_ATTRIBUTE_COOPERATIVE;
        cooperative.value.cooperative = 1;
    }
    CUlaunchConfig config{};
    config.gridDimX = step.grid.x;
    config.gridDimY = step.grid.y;
    config.gridDimZ = step.grid.z;
    config.blockDimX = step.block.x;
    config.blockDimY = step.block.y;
    config.blockDimZ = step.block.z;
    config.sharedMemBytes = static_cast<unsigned>(step.dynamicShared.value);
    config.hStream = m_context.stream();
    config.attrs = attributes.data();
    config.numAttrs = count;
    std::vector<void*> arguments;
    arguments.reserve(step.arguments.size());
    for (const ArgumentBytes& argument : step.arguments)
        arguments.push_back(const_cast<std::byte*>(argument.data()));  // the driver only reads
    return launchResult(m_context.driver().launchKernelEx(&config, function->handle, arguments.data(), nullptr), step);
}

Result<> CudaQueue::checkRange(std::string_view what, DeviceAddress address, Bytes size) const
{
    if (m_memory.covers(address, size) || m_modules.covers(address, size))
        return {};
    return fail(ErrorCode::InvalidArgument,
                fmt::format("cannot {} {} bytes at {:#x}: no buffer holds them", what, size.value, address));
}

Result<std::optional<Fault>> CudaQueue::enqueue(const DeviceStep& step)
{
    if (const auto* launched = std::get_if<LaunchStep>(&step))
        return launch(*launched);
    const CudaDriver& driver = m_context.driver();
    CUstream stream = m_context.stream();
    if (const auto* zero = std::get_if<ZeroStep>(&step); zero != nullptr && zero->size.value > 0)
        return transferResult(driver.memsetD8Async(zero->address, zero->value, zero->size.value, stream),
                              "fill memory");
    if (const auto* copy = std::get_if<CopyStep>(&step); copy != nullptr && copy->size.value > 0)
        return transferResult(driver.memcpyDtoDAsync(copy->destination, copy->source, copy->size.value, stream),
                              "copy memory");
    return std::optional<Fault>();
}

Result<std::optional<Fault>> CudaQueue::transferResult(CUresult result, std::string_view what)
{
    auto done = m_context.check(result, what);
    if (done)
        return std::optional<Fault>();
    if (auto fault = faultOfExecution(m_context.driver(), result, {}))
        return fault;
    return fail(std::move(done).error());
}

Result<std::optional<Fault>> CudaQueue::enqueueAll(std::span<const DeviceStep> steps)
{
    for (const DeviceStep& step : steps) {
        WARPLOOM_TRY(auto fault, enqueue(step));
        if (fault)
            return fault;
    }
    return std::optional<Fault>();
}

Result<std::optional<Fault>> CudaQueue::wait(std::chrono::steady_clock::time_point deadline, const std::string& where,
                                             const std::stop_token& stop)
{
    const auto begin = std::chrono::steady_clock::now();
    const CudaContext::WaitOutcome outcome = m_context.waitIdle(deadline, stop);
    switch (outcome.end) {
    case CudaContext::WaitEnd::Idle:
        return std::optional<Fault>();
    case CudaContext::WaitEnd::Stopped:
        if (outcome.result != CUDA_SUCCESS)
            m_context.breakBy("a cancelled run that did not end");
        return fail(ErrorCode::Cancelled, "the run was cancelled");
    case CudaContext::WaitEnd::Deadline: {
        m_context.breakBy("a kernel that did not end");
        Fault fault;
        fault.verdict = Verdict::Timeout;
        const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
        fault.message = fmt::format("{}did not end within {:.3g} s", where.empty() ? "" : where + " ", waited.count());
        fault.sticky = true;
        return std::optional<Fault>(std::move(fault));
    }
    case CudaContext::WaitEnd::Failed:
        break;
    }
    m_context.breakBy(m_context.driver().nameOf(outcome.result));
    if (auto fault = faultOfExecution(m_context.driver(), outcome.result, where))
        return fault;
    return fail(m_context.driver().errorOf(outcome.result, "run the steps"));
}

}  // namespace warploom
