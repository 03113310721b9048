// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <utility>

#include "base/Result.h"

namespace warploom {

/// The one lock of a GPU over all processes of this user: who times holds it, and nobody else launches meanwhile.
/// The kernel releases it when its holder dies, however that happens.
class GpuLock {
public:
    GpuLock(GpuLock&& other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    {
    }
    GpuLock& operator=(GpuLock&& other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    GpuLock(const GpuLock&) = delete;
    GpuLock& operator=(const GpuLock&) = delete;
    ~GpuLock();

    /// Takes the lock of the GPU with this UUID now, or fails with Locked and the holder's process id.
    static Result<GpuLock> tryLock(const std::string& uuid);
    /// Waits for the lock: Locked after \p patience, Cancelled when \p stop is requested.
    static Result<GpuLock> lock(const std::string& uuid, std::chrono::milliseconds patience,
                                const std::stop_token& stop);

private:
    explicit GpuLock(int fd)
        : m_fd(fd)
    {
    }

    int m_fd = -1;
};

}  // namespace warploom
