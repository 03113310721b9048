// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Files.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr off_t kLargestTextFile = 64 * 1024 * 1024;

class FileDescriptor {
public:
    explicit FileDescriptor(int fd)
        : m_fd(fd)
    {
    }
    ~FileDescriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    [[nodiscard]] int get() const { return m_fd; }

private:
    int m_fd;
};

ErrorCode codeOfErrno(int number)
{
    switch (number) {
    case ENOENT:
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

tl::unexpected<Error> failErrno(const char* what, const std::filesystem::path& path)
{
    const int number = errno;
    return fail(codeOfErrno(number), fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(number)));
}

Result<> writeAll(int fd, std::string_view content, const std::filesystem::path& path)
{
    while (!content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return failErrno("write", path);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

std::filesystem::path userFolder(const char* own, const char* xdg, const char* belowHome)
{
    if (const char* value = std::getenv(own); value != nullptr && *value != '\0')
        return value;
    if (const char* value = std::getenv(xdg); value != nullptr && *value != '\0')
        return std::filesystem::path(value) / "warploom";
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home != nullptr ? home : "/tmp") / belowHome / "warploom";
}

}  // namespace

Result<std::string> readTextFile(const std::filesystem::path& path)
{
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0)
        return failErrno("open", path);
    struct stat status{};
    if (::fstat(file.get(), &status) != 0)
        return failErrno("read", path);
    if (!S_ISREG(status.st_mode))
        return fail(ErrorCode::InvalidInput, fmt::format("{} is not a regular file", path.string()));
    if (status.st_size > kLargestTextFile)
        return fail(ErrorCode::InvalidInput, fmt::format("{} is larger than 64 MiB", path.string()));
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t have = 0;
    while (have < text.size()) {
        const ssize_t got = ::read(file.get(), text.data() + have, text.size() - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failErrno("read", path);
        if (got == 0)
            break;
        have += static_cast<std::size_t>(got);
    }
    text.resize(have);
    return text;
}

Result<> writeFileAtomically(const std::filesystem::path& path, std::string_view content)
{
    // A device or a pipe is written to: root would replace /dev/stdout by a file.
    struct stat target{};
    if (::stat(path.c_str(), &target) == 0 && !S_ISREG(target.st_mode)) {
        const FileDescriptor special(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        return special.get() < 0 ? Result<>(failErrno("write", path)) : writeAll(special.get(), content, path);
    }
    std::string temporary = path.string() + ".XXXXXX";
    const FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (file.get() < 0)
        return failErrno("write", path);
    auto written = writeAll(file.get(), content, path);
    if (written && (::fchmod(file.get(), 0644) != 0 || ::fsync(file.get()) != 0))
        written = failErrno("write", path);
    if (written && ::rename(temporary.c_str(), path.c_str()) != 0)
        written = failErrno("write", path);
    if (!written)
        ::unlink(temporary.c_str());
    return written;
}

std::filesystem::path cacheFolder() { return userFolder("WARPLOOM_CACHE", "XDG_CACHE_HOME", ".cache"); }

std::filesystem::path dataFolder() { return userFolder("WARPLOOM_DATA", "XDG_DATA_HOME", ".local/share"); }

std::filesystem::path configFolder() { return userFolder("WARPLOOM_CONFIG", "XDG_CONFIG_HOME", ".config"); }

Result<std::filesystem::path> runtimeFolder()
{
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    const std::filesystem::path folder = runtime != nullptr && *runtime != '\0'
        ? std::filesystem::path(runtime) / "warploom"
        : std::filesystem::path(fmt::format("/tmp/warploom-{}", ::getuid()));
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return failErrno("make", folder);
    struct stat status{};
    if (::lstat(folder.c_str(), &status) != 0)
        return failErrno("open", folder);
    if (!S_ISDIR(status.st_mode) || status.st_uid != ::getuid() || (status.st_mode & 077) != 0)
        return fail(ErrorCode::ReadOnly, fmt::format("{} is not a private folder of this user", folder.string()));
    return folder;
}

std::filesystem::path executableFolder()
{
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::filesystem::path(".") : path.parent_path();
}

}  // namespace warploom
