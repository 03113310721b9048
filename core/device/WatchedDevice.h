// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "device/CallWatch.h"
#include "device/Device.h"

namespace warploom {

/// Another device, each of whose calls must return in time: runs within their own deadline and a second, all else
/// within the limit of a call.
class WatchedDevice : public Device {
public:
    static constexpr std::chrono::milliseconds kCallLimit{10'000};
    static constexpr std::chrono::milliseconds kRunGrace{1'000};

    /// \p device must outlive the object; see CallWatch for \p overdue.
    WatchedDevice(Device& device, CallWatch::Overdue overdue, std::chrono::milliseconds callLimit = kCallLimit)
        : m_device(device)
        , m_watch(std::move(overdue))
        , m_callLimit(callLimit)
    {
    }

    [[nodiscard]] const DeviceFacts& facts() const override { return m_device.facts(); }

    Result<DeviceBuffer> allocate(const BufferRequest& request) override;
    void release(const DeviceBuffer& buffer) override;
    Result<std::optional<std::string>> brokenCanary(const DeviceBuffer& buffer) override;
    Result<> upload(DeviceAddress to, std::span<const std::byte> data) override;
    Result<> download(DeviceAddress from, std::span<std::byte> data) override;
    Result<> markUnwritten(DeviceAddress address, Bytes size) override;

    Result<LoadedModule> load(const CompileProduct& product) override;
    void unload(LoadedModule module) override;
    Result<SymbolPlace> symbol(LoadedModule module, const std::string& loweredName) override;
    Result<> resetGlobals(LoadedModule module) override;

    Result<RunOutcome> run(std::span<const DeviceStep> steps, const RunLimits& limits) override;
    Result<TimingOutcome> time(const TimingRequest& request) override;
    Result<ModelOutcome> model(std::span<const DeviceStep> steps, const CompileProduct& product,
                               const RunLimits& limits) override;

private:
    Device& m_device;
    CallWatch m_watch;
    std::chrono::milliseconds m_callLimit;
};

}  // namespace warploom
