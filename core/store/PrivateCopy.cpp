// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/PrivateCopy.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <span>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/UniqueFd.h"
#include "store/DatabaseFile.h"

namespace warploom {

namespace fs = std::filesystem;

namespace {

tl::unexpected<Error> cannotCopy(const fs::path& file, const std::error_code& reason)
{
    const bool isFull = reason == std::errc::no_space_on_device || reason == std::errc::file_too_large;
    return fail(isFull ? ErrorCode::DiskFull : ErrorCode::IoFailed,
                fmt::format("cannot copy {} to the folder for temporary files: {}", file.string(), reason.message()));
}

std::error_code lastSystemError() { return {errno, std::generic_category()}; }

bool writeWhole(int fd, std::span<const unsigned char> bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR)
            return false;
        bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    return true;
}

/// How many blocks could not be read: one bad sector must not cost the whole file.
Result<std::uint64_t> copyBlocks(const fs::path& from, const fs::path& to)
{
    WARPLOOM_TRY(const DatabaseFile source, DatabaseFile::open(from));
    WARPLOOM_TRY(const std::uint64_t bytes, source.size());
    const UniqueFd target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!target.isOpen())
        return cannotCopy(from, lastSystemError());
    std::array<unsigned char, 4096> block{};
    std::uint64_t unreadable = 0;
    for (std::uint64_t at = 0; at < bytes; at += block.size()) {
        const auto part = std::span(block).first(std::min<std::size_t>(block.size(), bytes - at));
        WARPLOOM_TRY(const bool isRead, source.read(at, part));
        if (!isRead) {
            block.fill(0);
            ++unreadable;
        }
        if (!writeWhole(target.get(), part))
            return cannotCopy(from, lastSystemError());
    }
    return unreadable;
}

}  // namespace

Result<PrivateCopy> PrivateCopy::make(const fs::path& file)
{
    std::error_code error;
    std::string folder = (fs::temp_directory_path(error) / "warploom-copy-XXXXXX").string();
    if (error || ::mkdtemp(folder.data()) == nullptr)
        return cannotCopy(file, error ? error : lastSystemError());
    PrivateCopy copy(folder);
    for (const char* suffix : {"", "-wal", "-journal"}) {
        const fs::path from = file.string() + suffix;
        if (*suffix != 0 && !fs::exists(from, error))
            continue;
        WARPLOOM_TRY(const std::uint64_t unreadable, copyBlocks(from, copy.path().string() + suffix));
        copy.m_unreadableBlocks += unreadable;
    }
    return copy;
}

PrivateCopy::PrivateCopy(PrivateCopy&& other) noexcept
    : m_folder(std::exchange(other.m_folder, {}))
    , m_unreadableBlocks(other.m_unreadableBlocks)
{
}

PrivateCopy& PrivateCopy::operator=(PrivateCopy&& other) noexcept
{
    std::swap(m_folder, other.m_folder);
    std::swap(m_unreadableBlocks, other.m_unreadableBlocks);
    return *this;
}

PrivateCopy::~PrivateCopy()
{
    std::error_code ignored;
    if (!m_folder.empty())
        fs::remove_all(m_folder, ignored);
}

}  // namespace warploom
