// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/Result.h"
#include "base/Units.h"
#include "protocol/CompileProduct.h"
#include "protocol/Counters.h"
#include "protocol/DeviceFacts.h"
#include "protocol/Verdict.h"
#include "variant/Extent3.h"

namespace warploom {

/// An address in a device's memory.
using DeviceAddress = std::uint64_t;

/// A buffer on a device. Guarded buffers are 256-byte aligned, end within 255 bytes of an unmapped page, and have a
/// canary in the slack on both sides.
struct DeviceBuffer {
    DeviceAddress address = 0;
    Bytes size;
    std::uint64_t id = 0;  ///< the device's own handle
};

struct BufferRequest {
    Bytes size;
    std::string name;  ///< for messages: the task's buffer or scratch name
    bool guarded = true;
    bool shareable = false;  ///< may be exported to another process (cuda only)
    /// Emulator only: fills a page when it is first touched, so that buffers of the real time sizes cost nothing until
    /// a sampled block reads them. Called with the byte offset into the buffer and the bytes to fill; thread-safe.
    std::function<void(std::uint64_t, std::span<std::byte>)> fillOnTouch;
};

/// A module loaded on a device.
struct LoadedModule {
    std::uint64_t id = 0;
};

/// Where a __constant__ or __device__ variable of a module lives.
struct SymbolPlace {
    DeviceAddress address = 0;
    Bytes size;
};

/// Raw bytes of one kernel argument, in parameter order; the size must equal the parameter's.
using ArgumentBytes = std::vector<std::byte>;

/// One launch of one kernel.
struct LaunchStep {
    LoadedModule module;
    std::string kernel;  ///< lowered name
    Extent3 grid;
    Extent3 block;
    Extent3 cluster;  ///< 1×1×1 for none
    Bytes dynamicShared;
    bool cooperative = false;
    std::vector<ArgumentBytes> arguments;
};

/// Sets every byte of a range, like cudaMemsetAsync: 0 for a plan's `zero`, something else to poison.
struct ZeroStep {
    DeviceAddress address = 0;
    Bytes size;
    std::uint8_t value = 0;
};

/// Copies within the device: a buffer to a __constant__ symbol, or a restore of an inout buffer.
struct CopyStep {
    DeviceAddress destination = 0;
    DeviceAddress source = 0;
    Bytes size;
};

using DeviceStep = std::variant<LaunchStep, ZeroStep, CopyStep>;

struct RunLimits {
    std::chrono::milliseconds deadline{10'000};
    std::uint64_t instructionBudget = 4'000'000'000;  ///< warp instructions a launch (emulator only)
    std::stop_token stop;
    /// Races and reads of what nobody has written are faults (emulator only).
    bool checks = true;
};

/// How a run of steps ended. `fault` empty means that every step completed.
struct RunOutcome {
    std::optional<Fault> fault;
    std::vector<LaunchCounters> counters;  ///< one a launch; emulator only
    std::vector<RunNote> notes;  ///< emulator only
};

/// One timed run: the variables of `reset` return to their load image, `prepare` runs untimed, shared memory is
/// overwritten where `timed` uses any, L2 is evicted when `cold`, `lead` runs untimed right before, then `timed` runs
/// between two events.
struct TimingRequest {
    std::vector<LoadedModule> reset;
    std::vector<DeviceStep> prepare;
    std::vector<DeviceStep> lead;  ///< not carried to runners
    std::vector<DeviceStep> timed;
    /// More than 1: `timed` holds that many plans, which are played as one graph; each should have buffers of its own,
    /// so that all are as cold as the first.
    int plans = 1;
    bool cold = true;
    std::chrono::milliseconds deadline{10'000};
};

struct TimingOutcome {
    std::optional<Fault> fault;
    Microseconds time{};  ///< of one plan
    bool gated = true;  ///< false: the steps began before all were queued, so that the time may hold launch jitter
    std::string notBatched;  ///< why several plans cannot be played as a graph; there is no time then
};

/// A predicted time, or the fault that a sampled block met.
struct ModelOutcome {
    std::optional<Fault> fault;
    ModelledTime modelled;
};

/// A place where kernels run. Not thread-safe: one thread owns it. Every step list runs in order on one stream.
class Device {
public:
    virtual ~Device() = default;

    [[nodiscard]] virtual const DeviceFacts& facts() const = 0;

    virtual Result<DeviceBuffer> allocate(const BufferRequest& request) = 0;
    virtual void release(const DeviceBuffer& buffer) = 0;
    /// Offsets of canary bytes that changed, as a message ("3 bytes written before x"), or nothing.
    virtual Result<std::optional<std::string>> brokenCanary(const DeviceBuffer& buffer) = 0;
    virtual Result<> upload(DeviceAddress to, std::span<const std::byte> data) = 0;
    virtual Result<> download(DeviceAddress from, std::span<std::byte> data) = 0;
    /// What stands in these bytes counts as unwritten until a kernel, an upload, a ZeroStep or a CopyStep writes them:
    /// a checked run that reads them is at fault. Devices that cannot tell do nothing.
    virtual Result<> markUnwritten(DeviceAddress /*address*/, Bytes /*size*/) { return {}; }

    /// Loads PTX (emulator) or the cubin (cuda). The code's own failures are NotEmulated, Unsupported (the driver
    /// refuses it), OutOfMemory (its variables do not fit) and InvalidInput; DeviceFailed is the device's.
    virtual Result<LoadedModule> load(const CompileProduct& product) = 0;
    virtual void unload(LoadedModule module) = 0;
    virtual Result<SymbolPlace> symbol(LoadedModule module, const std::string& loweredName) = 0;
    /// Returns every writable global of the module to its load image.
    virtual Result<> resetGlobals(LoadedModule module) = 0;

    /// Runs and waits. A fault is an outcome, an Error means that the request itself made no sense.
    virtual Result<RunOutcome> run(std::span<const DeviceStep> steps, const RunLimits& limits) = 0;
    /// Measures; Unsupported on a device that can only model.
    virtual Result<TimingOutcome> time(const TimingRequest& request) = 0;
    /// Predicts the time of the steps from sampled blocks; Unsupported on a device that measures.
    virtual Result<ModelOutcome> model(std::span<const DeviceStep> steps, const CompileProduct& product,
                                       const RunLimits& limits) = 0;
};

}  // namespace warploom
