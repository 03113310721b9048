// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CudaMemory.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace warploom {

namespace {

CUmemAllocationProp allocationProperties(CUdevice device, bool shareable)
{
    CUmemAllocationProp properties{};
    properties.type = CU_MEM_ALLOCATION_TYPE_PINNED;
    properties.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
    properties.location.id = device;
    properties.requestedHandleTypes = shareable ? CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR : CU_MEM_HANDLE_TYPE_NONE;
    return properties;
}

std::string displayName(const BufferRequest& request) { return request.name.empty() ? "a buffer" : request.name; }

std::span<const std::byte> bytesOf(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace

/// One reserved address range with its physical memory; gives back what it has when it dies.
class CudaMemory::Mapping {
public:
    Mapping(CudaContext& context, const GuardLayout& guard)
        : layout(guard)
        , m_context(context)
    {
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping()
    {
        if (m_context.broken())
            return;
        const CudaDriver& driver = m_context.driver();
        if (mapped)
            static_cast<void>(driver.memUnmap(base + layout.mappedAt, layout.mapped));
        if (handle)
            static_cast<void>(driver.memRelease(*handle));
        if (base != 0)
            static_cast<void>(driver.memAddressFree(base, layout.reserved));
    }
    [[nodiscard]] DeviceAddress bufferAddress() const { return base + layout.bufferAt; }
    /// Puts the physical memory of `handle` into the range.
    Result<> map(bool readOnly)
    {
        const CudaDriver& driver = m_context.driver();
        WARPLOOM_CHECK(
            m_context.check(driver.memMap(base + layout.mappedAt, layout.mapped, 0, *handle, 0), "map memory"));
        mapped = true;
        CUmemAccessDesc access{};
        access.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
        access.location.id = m_context.device();
        access.flags = readOnly ? CU_MEM_ACCESS_FLAGS_PROT_READ : CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
        return m_context.check(driver.memSetAccess(base + layout.mappedAt, layout.mapped, &access, 1),
                               readOnly ? "make memory readable only" : "make memory accessible");
    }

    GuardLayout layout;
    CUdeviceptr base = 0;
    std::optional<CUmemGenericAllocationHandle> handle;
    bool mapped = false;

private:
    CudaContext& m_context;
};

CudaMemory::CudaMemory(CudaContext& context)
    : m_context(context)
{
}

CudaMemory::~CudaMemory()
{
    while (!m_allocations.empty())
        release(DeviceBuffer(m_allocations.begin()->second.buffer));
}

Result<std::unique_ptr<CudaMemory::Mapping>> CudaMemory::reserve(const BufferRequest& request)
{
    const CudaDriver& driver = m_context.driver();
    const CUmemAllocationProp properties = allocationProperties(m_context.device(), request.shareable);
    std::size_t granularity = 0;
    WARPLOOM_CHECK(
        m_context.check(driver.memGetAllocationGranularity(&granularity, &properties, CU_MEM_ALLOC_GRANULARITY_MINIMUM),
                        "learn the granularity of device memory"));
    const auto layout = guardLayout(request.size, granularity);
    if (!layout)
        return fail(ErrorCode::OutOfMemory,
                    fmt::format("{} of {} bytes is beyond any memory", displayName(request), request.size.value));
    auto mapping = std::make_unique<Mapping>(m_context, *layout);
    const CUresult reserved = driver.memAddressReserve(&mapping->base, layout->reserved, granularity, 0, 0);
    if (auto done = m_context.check(reserved, fmt::format("reserve addresses for {}", displayName(request))); !done) {
        // Drivers differ in how they say that the address space has no such gap.
        if (!m_context.broken())
            done.error().code = ErrorCode::OutOfMemory;
        return fail(std::move(done).error());
    }
    return mapping;
}

Result<DeviceBuffer> CudaMemory::allocate(const BufferRequest& request)
{
    WARPLOOM_CHECK(m_context.usable());
    const std::string what = fmt::format("allocate {} bytes for {}", request.size.value, displayName(request));
    const CudaDriver& driver = m_context.driver();
    if (!request.guarded && !request.shareable) {
        CUdeviceptr address = 0;
        if (request.size.value > 0)
            WARPLOOM_CHECK(m_context.check(driver.memAlloc(&address, request.size.value), what));
        return keep({{address, request.size, 0}, displayName(request), false, false, nullptr});
    }
    WARPLOOM_TRY(auto mapping, reserve(request));
    const CUmemAllocationProp properties = allocationProperties(m_context.device(), request.shareable);
    CUmemGenericAllocationHandle handle = 0;
    WARPLOOM_CHECK(m_context.check(driver.memCreate(&handle, mapping->layout.mapped, &properties, 0), what));
    mapping->handle = handle;
    WARPLOOM_CHECK(mapping->map(false));
    if (request.guarded)
        WARPLOOM_CHECK(writeCanary(*mapping));
    const DeviceBuffer buffer{mapping->bufferAddress(), request.size, 0};
    return keep({buffer, displayName(request), request.guarded, request.shareable, std::move(mapping)});
}

Result<DeviceBuffer> CudaMemory::importFrom(int fd, const BufferRequest& request, bool readOnly)
{
    WARPLOOM_CHECK(m_context.usable());
    BufferRequest shareable = request;
    shareable.shareable = true;
    WARPLOOM_TRY(auto mapping, reserve(shareable));
    CUmemGenericAllocationHandle handle = 0;
    // The driver wants the descriptor's number itself in the place of a pointer.
    void* descriptor = reinterpret_cast<void*>(static_cast<std::uintptr_t>(fd));
    WARPLOOM_CHECK(
        m_context.check(m_context.driver().memImport(&handle, descriptor, CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR),
                        fmt::format("import {}", displayName(request))));
    mapping->handle = handle;
    WARPLOOM_CHECK(mapping->map(readOnly));
    const DeviceBuffer buffer{mapping->bufferAddress(), request.size, 0};
    return keep({buffer, displayName(request), false, true, std::move(mapping)});
}

Result<int> CudaMemory::exportFrom(const DeviceBuffer& buffer)
{
    WARPLOOM_CHECK(m_context.usable());
    WARPLOOM_TRY(const Allocation* allocation, find(buffer));
    if (!allocation->shareable)
        return fail(ErrorCode::InvalidArgument, fmt::format("{} was not allocated as shareable", allocation->name));
    int fd = -1;
    WARPLOOM_CHECK(m_context.check(
        m_context.driver().memExport(&fd, *allocation->mapping->handle, CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR, 0),
        fmt::format("export {}", allocation->name)));
    return fd;
}

void CudaMemory::release(const DeviceBuffer& buffer)
{
    const auto found = m_allocations.find(buffer.id);
    if (found == m_allocations.end())
        return;
    if (!found->second.mapping && !m_context.broken() && found->second.buffer.address != 0)
        static_cast<void>(m_context.driver().memFree(found->second.buffer.address));
    m_allocations.erase(found);
}

Result<std::optional<std::string>> CudaMemory::brokenCanary(const DeviceBuffer& buffer)
{
    WARPLOOM_CHECK(m_context.usable());
    WARPLOOM_TRY(const Allocation* allocation, find(buffer));
    if (!allocation->canary)
        return std::optional<std::string>();
    const Mapping& mapping = *allocation->mapping;
    const std::uint64_t headSize = mapping.layout.checkedHead();
    std::string head(headSize, '\0');
    std::string tail(mapping.layout.tailSlack(), '\0');
    WARPLOOM_CHECK(downloadText(mapping.bufferAddress() - headSize, head));
    WARPLOOM_CHECK(downloadText(mapping.bufferAddress() + mapping.layout.size, tail));
    auto broken = describeBrokenCanary(head, tail, allocation->name);
    if (broken)
        WARPLOOM_CHECK(writeCanary(mapping));
    return broken;
}

bool CudaMemory::covers(DeviceAddress address, Bytes size) const
{
    return std::any_of(m_allocations.begin(), m_allocations.end(), [&](const auto& entry) {
        const DeviceBuffer& buffer = entry.second.buffer;
        return address >= buffer.address && address - buffer.address <= buffer.size.value
            && size.value <= buffer.size.value - (address - buffer.address);
    });
}

Result<> CudaMemory::upload(DeviceAddress to, std::span<const std::byte> data)
{
    WARPLOOM_CHECK(m_context.usable());
    if (data.empty())
        return {};
    // On our own stream: the synchronous copies order with the default stream only, and may still be under way when
    // they return.
    WARPLOOM_CHECK(m_context.check(m_context.driver().memcpyHtoDAsync(to, data.data(), data.size(), m_context.stream()),
                                   "copy to the GPU"));
    return m_context.finish("copy to the GPU");
}

Result<> CudaMemory::download(DeviceAddress from, std::span<std::byte> data)
{
    WARPLOOM_CHECK(m_context.usable());
    if (data.empty())
        return {};
    WARPLOOM_CHECK(m_context.check(
        m_context.driver().memcpyDtoHAsync(data.data(), from, data.size(), m_context.stream()), "copy from the GPU"));
    return m_context.finish("copy from the GPU");
}

Result<> CudaMemory::writeCanary(const Mapping& mapping)
{
    const std::string_view pattern = canaryPattern();
    const std::uint64_t head = mapping.layout.checkedHead();
    WARPLOOM_CHECK(upload(mapping.bufferAddress() - head, bytesOf(pattern.substr(pattern.size() - head))));
    return upload(mapping.bufferAddress() + mapping.layout.size,
                  bytesOf(pattern.substr(0, mapping.layout.tailSlack())));
}

Result<> CudaMemory::downloadText(DeviceAddress from, std::string& text)
{
    return download(from, std::as_writable_bytes(std::span(text)));
}

DeviceBuffer CudaMemory::keep(Allocation allocation)
{
    allocation.buffer.id = ++m_lastId;
    const DeviceBuffer buffer = allocation.buffer;
    m_allocations.emplace(buffer.id, std::move(allocation));
    return buffer;
}

Result<const CudaMemory::Allocation*> CudaMemory::find(const DeviceBuffer& buffer) const
{
    const auto found = m_allocations.find(buffer.id);
    if (found == m_allocations.end())
        return fail(ErrorCode::InvalidArgument, fmt::format("the device has no buffer {}", buffer.id));
    return &found->second;
}

}  // namespace warploom
