// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "device/Device.h"
#include "device/cuda/CudaContext.h"
#include "device/cuda/GuardLayout.h"

namespace warploom {

/// The buffers of one context: guarded or shareable ones through virtual memory management, others plain.
class CudaMemory {
public:
    explicit CudaMemory(CudaContext& context);
    ~CudaMemory();
    CudaMemory(const CudaMemory&) = delete;
    CudaMemory& operator=(const CudaMemory&) = delete;

    Result<DeviceBuffer> allocate(const BufferRequest& request);
    /// Takes over nothing: \p fd stays the caller's to close. Its memory must come from a shareable request of this
    /// size.
    Result<DeviceBuffer> importFrom(int fd, const BufferRequest& request, bool readOnly);
    /// A new file descriptor that names the physical memory of a shareable buffer.
    Result<int> exportFrom(const DeviceBuffer& buffer);
    void release(const DeviceBuffer& buffer);
    Result<std::optional<std::string>> brokenCanary(const DeviceBuffer& buffer);
    /// True when one of the buffers holds all of these bytes.
    [[nodiscard]] bool covers(DeviceAddress address, Bytes size) const;
    Result<> upload(DeviceAddress to, std::span<const std::byte> data);
    Result<> download(DeviceAddress from, std::span<std::byte> data);

private:
    class Mapping;
    struct Allocation {
        DeviceBuffer buffer;
        std::string name;
        bool canary = false;
        bool shareable = false;
        std::unique_ptr<Mapping> mapping;  ///< null for plain memory
    };

    Result<std::unique_ptr<Mapping>> reserve(const BufferRequest& request);
    Result<> writeCanary(const Mapping& mapping);
    Result<> downloadText(DeviceAddress from, std::string& text);
    DeviceBuffer keep(Allocation allocation);
    Result<const Allocation*> find(const DeviceBuffer& buffer) const;

    CudaContext& m_context;
    std::map<std::uint64_t, Allocation> m_allocations;
    std::uint64_t m_lastId = 0;
};

}  // namespace warploom
