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

#include "base/UniqueFd.h"

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
    case EFBIG:
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

/// Whether the file does not name a process of this machine. An empty one was made by somebody who has not written a
/// name yet, or whose name has not arrived.
bool isFromElsewhere(int fd) { return !holderOf(fd).ends_with(" on " + ownHost()); }

/// An errno, or 0.
int writeHolder(int fd)
{
    const std::string text = fmt::format("process {} on {}", ::getpid(), ownHost());
    if (::ftruncate(fd, 0) != 0)
        return errno;
    const ssize_t count = ::pwrite(fd, text.data(), text.size(), 0);
    if (count != static_cast<ssize_t>(text.size()))
        return count < 0 ? errno : ENOSPC;
    return 0;
}

/// Where other machines see the name instead of the lock, it has to be there for them.
int writeHolderForGood(int fd)
{
    if (const int number = writeHolder(fd); number != 0)
        return number;
    // Some file systems have nothing to do then, and say so.
    return ::fsync(fd) == 0 || errno == EINVAL || errno == ENOSYS ? 0 : errno;
}

bool isStillAt(int fd, const std::filesystem::path& path)
{
    struct stat opened{};
    struct stat named{};
    return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino
        && opened.st_dev == named.st_dev;
}

std::filesystem::path lockPathOf(const std::filesystem::path& workspace)
{
    std::error_code ignored;
    // Through a symbolic link it is the same workspace.
    const auto real = std::filesystem::weakly_canonical(throughLinks(workspace), ignored);
    return (real.empty() ? workspace : real).string() + "-lock";
}

struct OpenedLock {
    UniqueFd file;
    bool isNew = false;
};

/// Who may write the workspace may take its lock, whatever this process's umask is.
void adoptMode(int fd, const std::filesystem::path& workspace)
{
    struct stat status{};
    if (::stat(workspace.c_str(), &status) == 0)
        ::fchmod(fd, status.st_mode & 0666);
}

Result<OpenedLock> openLock(const std::filesystem::path& path, const std::filesystem::path& workspace)
{
    constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
    for (;;) {
        UniqueFd made(::open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0666));
        if (made.isOpen()) {
            adoptMode(made.get(), workspace);
            return OpenedLock{std::move(made), true};
        }
        int number = errno;
        if (number == EEXIST) {
            UniqueFd left(::open(path.c_str(), kFlags));
            if (left.isOpen())
                return OpenedLock{std::move(left), false};
            number = errno;
            if (number == ENOENT)  // its holder has removed it just now
                continue;
            if (number == EACCES && WorkspaceLock::isHeld(workspace))
                return fail(ErrorCode::Locked,
                            fmt::format("{} is in use by somebody else: {} cannot be opened", workspace.string(),
                                        path.string()));
        }
        return fail(codeOfErrno(number), fmt::format("cannot write {}: {}", path.string(), std::strerror(number)));
    }
}

}  // namespace

WorkspaceLock::WorkspaceLock(int fd, std::filesystem::path path)
    : m_fd(fd)
    , m_path(std::move(path))
{
}

WorkspaceLock::~WorkspaceLock()
{
    // Somebody may have deleted it, as LockedElsewhere suggests, and made one of their own.
    if (isStillAt(m_fd, m_path))
        ::unlink(m_path.c_str());
    ::close(m_fd);
}

bool WorkspaceLock::isHeld(const std::filesystem::path& workspace)
{
    const int fd = ::open(lockPathOf(workspace).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    // What may not be looked at is somebody's.
    if (fd < 0)
        return errno == EACCES;
    struct flock whole{};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    const bool isFree = ::fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type == F_UNLCK;
    ::close(fd);
    return !isFree;
}

Result<std::unique_ptr<WorkspaceLock>> WorkspaceLock::acquire(const std::filesystem::path& workspace)
{
    return acquire(workspace, fileSystemOf(lockPathOf(workspace)));
}

Result<std::unique_ptr<WorkspaceLock>> WorkspaceLock::acquire(const std::filesystem::path& workspace,
                                                              const MountedFileSystem& place)
{
    const std::filesystem::path path = lockPathOf(workspace);
    const bool isDecisive = place.kind.sharesMemory || locksReachOtherMachines(place.kind, place.options);
    for (;;) {
        WARPLOOM_TRY(OpenedLock opened, openLock(path, workspace));
        const int fd = opened.file.get();
        if (!lockDescriptor(fd)) {
            const int number = errno;
            if (number == EAGAIN || number == EACCES)
                return fail(ErrorCode::Locked, fmt::format("{} is in use by {}", workspace.string(), holderOf(fd)));
            return fail(ErrorCode::IoFailed, fmt::format("cannot lock {}: {}", path.string(), std::strerror(number)));
        }
        // Its last holder may have removed the file between our open and our lock.
        if (!isStillAt(fd, path))
            continue;
        // On its own machine that process would hold the lock if it lived.
        if (!isDecisive && !opened.isNew && isFromElsewhere(fd))
            return fail(ErrorCode::LockedElsewhere,
                        fmt::format("{} may be in use by {}: {} does not tell, and {} names it", workspace.string(),
                                    holderOf(fd), place.kind.name, path.string()));
        std::unique_ptr<WorkspaceLock> lock(new WorkspaceLock(opened.file.release(), path));
        if (isDecisive) {
            // Only for the message of those who come second: the lock holds without it.
            static_cast<void>(writeHolder(fd));
        } else if (const int number = writeHolderForGood(fd); number != 0) {
            return fail(codeOfErrno(number), fmt::format("cannot write {}: {}", path.string(), std::strerror(number)));
        }
        return lock;
    }
}

}  // namespace warploom
