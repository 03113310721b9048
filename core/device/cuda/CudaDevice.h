// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "device/CounterDevice.h"
#include "device/Device.h"

namespace warploom {

/// A GPU through the CUDA driver, in the thread that made it. After a sticky fault every call fails with DeviceFailed
/// and the process must end by _exit or a signal: the driver's own exit handlers may wait for an endless kernel.
class CudaDevice final : public Device, public CounterDevice {
public:
    ~CudaDevice() override;

    [[nodiscard]] const DeviceFacts& facts() const override;
    /// Newest CUDA that the driver supports: 13000 for 13.0.
    [[nodiscard]] int cudaVersion() const;

    Result<DeviceBuffer> allocate(const BufferRequest& request) override;
    void release(const DeviceBuffer& buffer) override;
    /// Also renews a canary that it found broken, so that the next run is not blamed for it. Checks the 64 KiB before
    /// the buffer and everything mapped after it.
    Result<std::optional<std::string>> brokenCanary(const DeviceBuffer& buffer) override;
    Result<> upload(DeviceAddress to, std::span<const std::byte> data) override;
    Result<> download(DeviceAddress from, std::span<std::byte> data) override;

    Result<LoadedModule> load(const CompileProduct& product) override;
    void unload(LoadedModule module) override;
    Result<SymbolPlace> symbol(LoadedModule module, const std::string& loweredName) override;
    /// Includes statics inside functions, and `__constant__` memory.
    Result<> resetGlobals(LoadedModule module) override;

    Result<RunOutcome> run(std::span<const DeviceStep> steps, const RunLimits& limits) override;
    Result<TimingOutcome> time(const TimingRequest& request) override;
    Result<ModelOutcome> model(std::span<const DeviceStep> steps, const CompileProduct& product,
                               const RunLimits& limits) override;

    Result<CounterReport> count(const CounterRequest& request) override;
    Result<InstructionReport> countInstructions(const InstructionRequest& request) override;
    void releaseCounters() override;
    /// Opens CUPTI before anything is loaded, see CudaCounters.
    Result<> openCounters();

    /// A file descriptor, the caller's to close, that another process can map a shareable buffer from.
    Result<int> exportBuffer(const DeviceBuffer& buffer);
    enum class Access { ReadWrite, ReadOnly };
    /// Maps memory that \p fd names, with the layout of a request of this size; \p fd stays the caller's to close.
    /// Some drivers refuse ReadOnly on device memory (DeviceFailed).
    Result<DeviceBuffer> importBuffer(int fd, const BufferRequest& request, Access access = Access::ReadWrite);

private:
    friend Result<std::unique_ptr<CudaDevice>> makeCudaDevice(int ordinal, const std::string& driverLibrary);
    struct Parts;
    explicit CudaDevice(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> m_parts;
};

/// Opens GPU \p ordinal and makes its primary context (a few hundred milliseconds, about 0.5 GiB of its memory).
/// LibraryMissing without a driver, VersionMismatch if it is too old, DeviceMissing if there is no such GPU.
Result<std::unique_ptr<CudaDevice>> makeCudaDevice(int ordinal, const std::string& driverLibrary = "libcuda.so.1");

}  // namespace warploom
