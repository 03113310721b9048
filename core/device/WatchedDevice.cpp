// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/WatchedDevice.h"

namespace warploom {

Result<DeviceBuffer> WatchedDevice::allocate(const BufferRequest& request)
{
    const CallWatch::Guard guard(m_watch, "allocate", m_callLimit);
    return m_device.allocate(request);
}

void WatchedDevice::release(const DeviceBuffer& buffer)
{
    const CallWatch::Guard guard(m_watch, "release", m_callLimit);
    m_device.release(buffer);
}

Result<std::optional<std::string>> WatchedDevice::brokenCanary(const DeviceBuffer& buffer)
{
    const CallWatch::Guard guard(m_watch, "brokenCanary", m_callLimit);
    return m_device.brokenCanary(buffer);
}

Result<> WatchedDevice::upload(DeviceAddress to, std::span<const std::byte> data)
{
    const CallWatch::Guard guard(m_watch, "upload", m_callLimit);
    return m_device.upload(to, data);
}

Result<> WatchedDevice::download(DeviceAddress from, std::span<std::byte> data)
{
    const CallWatch::Guard guard(m_watch, "download", m_callLimit);
    return m_device.download(from, data);
}

Result<> WatchedDevice::markUnwritten(DeviceAddress address, Bytes size)
{
    return m_device.markUnwritten(address, size);
}

Result<LoadedModule> WatchedDevice::load(const CompileProduct& product)
{
    const CallWatch::Guard guard(m_watch, "load", m_callLimit);
    return m_device.load(product);
}

void WatchedDevice::unload(LoadedModule module)
{
    const CallWatch::Guard guard(m_watch, "unload", m_callLimit);
    m_device.unload(module);
}

Result<SymbolPlace> WatchedDevice::symbol(LoadedModule module, const std::string& loweredName)
{
    const CallWatch::Guard guard(m_watch, "symbol", m_callLimit);
    return m_device.symbol(module, loweredName);
}

Result<> WatchedDevice::resetGlobals(LoadedModule module)
{
    const CallWatch::Guard guard(m_watch, "resetGlobals", m_callLimit);
    return m_device.resetGlobals(module);
}

Result<RunOutcome> WatchedDevice::run(std::span<const DeviceStep> steps, const RunLimits& limits)
{
    const CallWatch::Guard guard(m_watch, "run", limits.deadline + kRunGrace);
    return m_device.run(steps, limits);
}

Result<TimingOutcome> WatchedDevice::time(const TimingRequest& request)
{
    const CallWatch::Guard guard(m_watch, "time", request.deadline + kRunGrace);
    return m_device.time(request);
}

Result<ModelOutcome> WatchedDevice::model(std::span<const DeviceStep> steps, const CompileProduct& product,
                                          const RunLimits& limits)
{
    const CallWatch::Guard guard(m_watch, "model", limits.deadline + kRunGrace);
    return m_device.model(steps, product, limits);
}

}  // namespace warploom
