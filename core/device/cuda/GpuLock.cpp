// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/GpuLock.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/Files.h"

namespace warploom {

namespace {

constexpr std::chrono::milliseconds kRetryInterval{5};

bool isPlainName(const std::string& uuid)
{
    return !uuid.empty() && uuid.size() <= 100 && std::all_of(uuid.begin(), uuid.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_';
    });
}

std::string holderOf(int fd)
{
    std::array<char, 32> text{};
    const ssize_t got = ::pread(fd, text.data(), text.size() - 1, 0);
    if (got <= 0)
        return "another process";
    return fmt::format("process {}", std::string(text.data(), static_cast<std::size_t>(got)));
}

/// Only for messages: the lock itself is the flock.
void writeHolder(int fd)
{
    const std::string text = fmt::format("{}", ::getpid());
    if (::ftruncate(fd, 0) == 0)
        static_cast<void>(::pwrite(fd, text.data(), text.size(), 0) < 0);
}

}  // namespace

GpuLock::~GpuLock()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

Result<GpuLock> GpuLock::tryLock(const std::string& uuid)
{
    if (!isPlainName(uuid))
        return fail(Error{ErrorCode::InvalidArgument, "not the UUID of a GPU", {}, "GPU-…", uuid});
    WARPLOOM_TRY(const auto folder, runtimeFolder());
    const auto path = folder / fmt::format("gpu-{}.lock", uuid);
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(ErrorCode::IoFailed, fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)));
    GpuLock lock(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
        writeHolder(fd);
        return lock;
    }
    if (errno == EWOULDBLOCK)
        return fail(ErrorCode::Locked, fmt::format("{} uses the GPU {}", holderOf(fd), uuid));
    return fail(ErrorCode::IoFailed, fmt::format("cannot lock {}: {}", path.string(), std::strerror(errno)));
}

Result<GpuLock> GpuLock::lock(const std::string& uuid, std::chrono::milliseconds patience, const std::stop_token& stop)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        auto lock = tryLock(uuid);
        if (lock || lock.error().code != ErrorCode::Locked || std::chrono::steady_clock::now() >= deadline)
            return lock;
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "waiting for the GPU was cancelled");
        std::this_thread::sleep_for(kRetryInterval);
    }
}

}  // namespace warploom
