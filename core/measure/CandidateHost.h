// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "device/Device.h"

namespace warploom {

/// Where candidates run: the judge's own process (emulator, where they are only interpreted) or a runner (cuda). The
/// judge owns every buffer; candidates see those that were attached, at addresses of their own.
class CandidateHost {
public:
    virtual ~CandidateHost() = default;

    /// Changes whenever a runner was replaced: modules and attachments of an earlier generation are gone.
    [[nodiscard]] virtual std::uint64_t generation() const = 0;
    /// Makes a buffer of the judge visible to candidates; \p request is the one it was allocated with.
    virtual Result<DeviceAddress> attach(const DeviceBuffer& buffer, const BufferRequest& request) = 0;
    virtual void detach(const DeviceBuffer& buffer) = 0;

    virtual Result<LoadedModule> load(const CompileProduct& product) = 0;
    virtual void unload(LoadedModule module) = 0;
    virtual Result<SymbolPlace> symbol(LoadedModule module, const std::string& loweredName) = 0;
    virtual Result<> resetGlobals(LoadedModule module) = 0;
    /// A fault that spoils the runner replaces it before the call returns, and generation() has changed.
    virtual Result<RunOutcome> run(const std::vector<DeviceStep>& steps, const RunLimits& limits) = 0;
    virtual Result<TimingOutcome> time(const TimingRequest& request) = 0;
};

/// Runs candidates on the judge's own device.
class InProcessHost : public CandidateHost {
public:
    /// Told how long a run may take when one begins, and nothing when it has ended.
    using Listener = std::function<void(std::optional<std::chrono::milliseconds>)>;

    explicit InProcessHost(Device& device)
        : m_device(device)
    {
    }

    /// Here a candidate that gets the better of the device hangs the judge: whoever waits for that has to know.
    void watchRuns(Listener listener) { m_listener = std::move(listener); }

    [[nodiscard]] std::uint64_t generation() const override { return 1; }
    Result<DeviceAddress> attach(const DeviceBuffer& buffer, const BufferRequest&) override { return buffer.address; }
    void detach(const DeviceBuffer&) override { }
    Result<LoadedModule> load(const CompileProduct& product) override { return m_device.load(product); }
    void unload(LoadedModule module) override { m_device.unload(module); }
    Result<SymbolPlace> symbol(LoadedModule module, const std::string& name) override
    {
        return m_device.symbol(module, name);
    }
    Result<> resetGlobals(LoadedModule module) override { return m_device.resetGlobals(module); }
    Result<RunOutcome> run(const std::vector<DeviceStep>& steps, const RunLimits& limits) override
    {
        if (m_listener)
            m_listener(limits.deadline);
        auto outcome = m_device.run(steps, limits);
        if (m_listener)
            m_listener(std::nullopt);
        return outcome;
    }
    Result<TimingOutcome> time(const TimingRequest& request) override { return m_device.time(request); }

private:
    Device& m_device;
    Listener m_listener;
};

}  // namespace warploom
