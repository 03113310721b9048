// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace warploom::emulator {

/// Zeroed memory of the host that costs nothing until it is touched.
class HostPages {
public:
    HostPages() = default;
    /// data() is null when the host has no address space for it.
    explicit HostPages(std::uint64_t bytes);
    HostPages(HostPages&& other) noexcept
        : m_data(std::exchange(other.m_data, nullptr))
        , m_bytes(std::exchange(other.m_bytes, 0))
    {
    }
    HostPages& operator=(HostPages&& other) noexcept
    {
        std::swap(m_data, other.m_data);
        std::swap(m_bytes, other.m_bytes);
        return *this;
    }
    ~HostPages();

    [[nodiscard]] std::byte* data() const { return m_data; }
    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; }
    template <typename T>
    [[nodiscard]] T* as() const
    {
        return reinterpret_cast<T*>(m_data);
    }

private:
    std::byte* m_data = nullptr;
    std::uint64_t m_bytes = 0;
};

}  // namespace warploom::emulator
