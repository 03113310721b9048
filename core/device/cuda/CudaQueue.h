// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>

#include "device/Device.h"
#include "device/cuda/CudaContext.h"
#include "device/cuda/CudaMemory.h"
#include "device/cuda/CudaModules.h"

namespace warploom {

/// Puts steps on the context's stream and turns what the driver says into faults.
class CudaQueue {
public:
    CudaQueue(CudaContext& context, const CudaMemory& memory, CudaModules& modules)
        : m_context(context)
        , m_memory(memory)
        , m_modules(modules)
    {
    }

    /// Checks ranges, loads every kernel and opts it in, so that putting the steps on the stream afterwards is quick. A
    /// fault is a launch that the driver refuses; an Error a step that makes no sense.
    Result<std::optional<Fault>> prepare(std::span<const DeviceStep> steps);
    /// Whether a launch of the steps uses shared memory, by its own size or the kernel's.
    Result<bool> usesShared(std::span<const DeviceStep> steps);
    /// Puts one step on the stream (which may be capturing); \p prepare has seen it.
    Result<std::optional<Fault>> enqueue(const DeviceStep& step);
    Result<std::optional<Fault>> enqueueAll(std::span<const DeviceStep> steps);
    /// Waits for everything. A fault is sticky: the context is broken then. \p where: see kernelNames.
    Result<std::optional<Fault>> wait(std::chrono::steady_clock::time_point deadline, const std::string& where,
                                      const std::stop_token& stop = {});

    /// "k", or "one of a, b", for messages on a failure that cannot be told apart.
    static std::string kernelNames(std::span<const DeviceStep> steps);

private:
    Result<std::optional<Fault>> prepareLaunch(const LaunchStep& step);
    Result<std::optional<Fault>> launch(const LaunchStep& step);
    Result<std::optional<Fault>> launchResult(CUresult result, const LaunchStep& step);
    /// Of a fill or copy, which also says what a kernel before it has done.
    Result<std::optional<Fault>> transferResult(CUresult result, std::string_view what);
    /// InvalidArgument for bytes that belong to no buffer and no variable.
    Result<> checkRange(std::string_view what, DeviceAddress address, Bytes size) const;

    CudaContext& m_context;
    const CudaMemory& m_memory;
    CudaModules& m_modules;
};

}  // namespace warploom
