// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CheckBench.h"

#include "base/Files.h"
#include "base/Statistics.h"

namespace warploom::test {

Result<std::unique_ptr<CheckBench>> CheckBench::make(const CheckSetting& setting, const std::string& fixture)
{
    auto bench = std::make_unique<CheckBench>();
    WARPLOOM_TRY(bench->m_device, makeCudaDevice(0, setting.driver));
    CompileProduct product;
    product.architecture = "sm_90";
    product.compiler = "nvcc 13.0";
    WARPLOOM_TRY(product.cubin, readTextFile(setting.fixtures / (fixture + ".cubin")));
    WARPLOOM_TRY(bench->m_module, bench->m_device->load(product));
    return bench;
}

Result<DeviceBuffer> CheckBench::buffer(std::uint64_t size, const std::string& name, bool shareable)
{
    BufferRequest request;
    request.size = {size};
    request.name = name;
    request.shareable = shareable;
    return m_device->allocate(request);
}

Result<> CheckBench::fill(const DeviceBuffer& buffer, unsigned char value)
{
    return m_device->upload(buffer.address, std::vector(buffer.size.value, std::byte{value}));
}

Result<std::vector<int>> CheckBench::ints(DeviceAddress from, std::size_t count)
{
    std::vector<int> values(count);
    WARPLOOM_CHECK(m_device->download(from, std::as_writable_bytes(std::span(values))));
    return values;
}

LaunchStep CheckBench::launch(const std::string& kernel, Extent3 grid, Extent3 block,
                              std::vector<ArgumentBytes> arguments) const
{
    LaunchStep step;
    step.module = m_module;
    step.kernel = kernel;
    step.grid = grid;
    step.block = block;
    step.arguments = std::move(arguments);
    return step;
}

LaunchStep CheckBench::copy(const DeviceBuffer& from, const DeviceBuffer& to) const
{
    const auto words = static_cast<std::int64_t>(from.size.value / 16);
    return launch("copy16", {132 * 16}, {512}, {argument(from.address), argument(to.address), argument(words)});
}

LaunchStep CheckBench::poke(const DeviceBuffer& buffer, std::int64_t offset) const
{
    return launch("poke", {1}, {1}, {argument(buffer.address), argument(offset), argument(int{0})});
}

Result<std::optional<Fault>> CheckBench::run(const DeviceStep& step, std::chrono::milliseconds deadline)
{
    RunLimits limits;
    limits.deadline = deadline;
    WARPLOOM_TRY(RunOutcome outcome, m_device->run(std::span(&step, 1), limits));
    return std::move(outcome.fault);
}

Result<double> CheckBench::medianCopyTime(const DeviceBuffer& from, const DeviceBuffer& to, bool cold, int count)
{
    TimingRequest request;
    request.timed = {copy(from, to)};
    request.cold = cold;
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        WARPLOOM_TRY(const TimingOutcome outcome, m_device->time(request));
        CHECK_THAT(!outcome.fault, "the copy failed: {}", outcome.fault->message);
        times.push_back(outcome.time.count());
    }
    return median(times);
}

double milliseconds(std::chrono::steady_clock::duration duration)
{
    return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace warploom::test
