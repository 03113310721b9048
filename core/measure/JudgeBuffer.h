// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <utility>

#include "device/Device.h"
#include "measure/CandidateHost.h"

namespace warploom {

/// A buffer the judge owns, attached to the candidates' host on demand. Released with the object.
class JudgeBuffer {
public:
    static Result<JudgeBuffer> allocate(Device& device, BufferRequest request)
    {
        WARPLOOM_TRY(const DeviceBuffer buffer, device.allocate(request));
        return JudgeBuffer(device, buffer, std::move(request));
    }
    JudgeBuffer(JudgeBuffer&& other) noexcept
        : m_device(std::exchange(other.m_device, nullptr))
        , m_buffer(other.m_buffer)
        , m_request(std::move(other.m_request))
        , m_host(std::exchange(other.m_host, nullptr))
        , m_generation(other.m_generation)
        , m_attached(other.m_attached)
    {
    }
    JudgeBuffer& operator=(JudgeBuffer&& other) noexcept
    {
        std::swap(m_device, other.m_device);
        std::swap(m_buffer, other.m_buffer);
        std::swap(m_request, other.m_request);
        std::swap(m_host, other.m_host);
        std::swap(m_generation, other.m_generation);
        std::swap(m_attached, other.m_attached);
        return *this;
    }
    ~JudgeBuffer()
    {
        if (m_device == nullptr)
            return;
        if (m_host != nullptr && m_host->generation() == m_generation)
            m_host->detach(m_buffer);
        m_device->release(m_buffer);
    }

    [[nodiscard]] DeviceAddress address() const { return m_buffer.address; }
    [[nodiscard]] Bytes size() const { return m_request.size; }
    [[nodiscard]] const DeviceBuffer& buffer() const { return m_buffer; }
    [[nodiscard]] const std::string& name() const { return m_request.name; }

    /// Address as candidates on \p host see it.
    Result<DeviceAddress> addressOn(CandidateHost& host)
    {
        if (m_host != &host || m_generation != host.generation()) {
            WARPLOOM_TRY(m_attached, host.attach(m_buffer, m_request));
            m_host = &host;
            m_generation = host.generation();
        }
        return m_attached;
    }

private:
    JudgeBuffer(Device& device, const DeviceBuffer& buffer, BufferRequest request)
        : m_device(&device)
        , m_buffer(buffer)
        , m_request(std::move(request))
    {
    }

    Device* m_device;
    DeviceBuffer m_buffer;
    BufferRequest m_request;
    CandidateHost* m_host = nullptr;
    std::uint64_t m_generation = 0;
    DeviceAddress m_attached = 0;
};

}  // namespace warploom
