// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/WorkspaceLock.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace warploom {

namespace {

ErrorCode codeOfErrno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ErrorCode::NotFound;
    case ENOSPC:
    case EDQUOT:
        return ErrorCode::DiskFull;
    case EROFS:
    case EACCES:
    case EPERM:
        return ErrorCode::ReadOnly;
    default:
        return ErrorCode::IoFailed;
    }
}

/// Whole-file lock of this open file description: unlike a POSIX lock it also excludes within the process, and closing
/// some other descriptor does not lose it.
bool lockDescriptor(int fd)
{
    struct flock whole{};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return ::fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

std::string holderOf(int fd)
{
    std::array<char, 256> text{};
    const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "another process";
}

std::string ownHost()
{
    std::array<char, 128> host{};
    ::gethostname(host.data(), host.size() - 1);
    return host.data();
}

/// Whether the file names a process of another machine.
bool isFromElsewhere(int fd)
{
    constexpr std::string_view kOn = " on ";
    const std::string holder = holderOf(fd);
    const std::size_t at = holder.find(kOn);
    return at != std::string::npos && holder.substr(at + kOn.size()) != ownHost();
}

void writeHolder(int fd)
{
    const std::string text = fmt::format("process {} on {}", ::getpid(), ownHost());
    // Only for the message of those who come second: the lock holds without it.
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, text.data(), text.size(), 0) < 0)
        return;
}

bool isStillAt(int fd, const std::filesystem::path& path)
{
    struct stat opened{};
    struct stat named{};
    return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino
        && opened.st_dev == named.st_dev;
}

std::filesystem::path lockPathOf(const std::filesystem::path& workspace)
{
    std::error_code ignored;
    // Through a symbolic link it is the same workspace.
    const auto real = std::filesystem::weakly_canonical(workspace, ignored);
    return (real.empty() ? workspace : real).string() + "-lock";
}

}  // namespace

WorkspaceLock::WorkspaceLock(int fd, std::filesystem::path path)
    : m_fd(fd)
    , m_path(std::move(path))
{
}

WorkspaceLock::~WorkspaceLock()
{
    ::unlink(m_path.c_str());
    ::close(m_fd);
}

bool WorkspaceLock::isHeld(const std::filesystem::path& workspace)
{
    const int fd = ::open(lockPathOf(workspace).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    struct flock whole{};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    const bool isFree = ::fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type == F_UNLCK;
    ::close(fd);
    return !isFree;
}

Result<std::unique_ptr<WorkspaceLock>> WorkspaceLock::acquire(const std::filesystem::path& workspace)
{
    return acquire(workspace, fileSystemOf(workspace));
}

Result<std::unique_ptr<WorkspaceLock>> WorkspaceLock::acquire(const std::filesystem::path& workspace,
                                                              const MountedFileSystem& place)
{
    const std::filesystem::path path = lockPathOf(workspace);
    const bool isDecisive = place.kind.sharesMemory || locksReachOtherMachines(place.kind, place.options);
    for (;;) {
        const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd < 0) {
            const int number = errno;
            return fail(codeOfErrno(number), fmt::format("cannot write {}: {}", path.string(), std::strerror(number)));
        }
        if (!lockDescriptor(fd)) {
            const int number = errno;
            const std::string holder = holderOf(fd);
            ::close(fd);
            if (number == EAGAIN || number == EACCES)
                return fail(ErrorCode::Locked, fmt::format("{} is in use by {}", workspace.string(), holder));
            return fail(ErrorCode::IoFailed, fmt::format("cannot lock {}: {}", path.string(), std::strerror(number)));
        }
        // Its last holder may have removed the file between our open and our lock.
        if (isStillAt(fd, path)) {
            // On its own machine that process would hold the lock if it lived.
            if (!isDecisive && isFromElsewhere(fd)) {
                const std::string holder = holderOf(fd);
                ::close(fd);
                return fail(ErrorCode::LockedElsewhere,
                            fmt::format("{} may be in use by {}: {} does not tell, and {} names it", workspace.string(),
                                        holder, place.kind.name, path.string()));
            }
            writeHolder(fd);
            return std::unique_ptr<WorkspaceLock>(new WorkspaceLock(fd, path));
        }
        ::close(fd);
    }
}

}  // namespace warploom
