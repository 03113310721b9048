// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/PrivateCopy.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace warploom {

namespace fs = std::filesystem;

namespace {

tl::unexpected<Error> cannotCopy(const fs::path& file, const std::error_code& reason)
{
    const bool isFull = reason == std::errc::no_space_on_device || reason == std::errc::file_too_large;
    return fail(isFull ? ErrorCode::DiskFull : ErrorCode::IoFailed,
                fmt::format("cannot copy {} to the folder for temporary files: {}", file.string(), reason.message()));
}

}  // namespace

Result<PrivateCopy> PrivateCopy::make(const fs::path& file)
{
    std::error_code error;
    std::string folder = (fs::temp_directory_path(error) / "warploom-copy-XXXXXX").string();
    if (error || ::mkdtemp(folder.data()) == nullptr)
        return cannotCopy(file, error ? error : std::error_code(errno, std::generic_category()));
    PrivateCopy copy(folder);
    for (const char* suffix : {"", "-wal", "-journal"}) {
        const fs::path from = file.string() + suffix;
        if (*suffix != 0 && !fs::exists(from, error))
            continue;
        const fs::path to = copy.path().string() + suffix;
        fs::copy_file(from, to, error);
        // Of a read-only file the copy is read-only too.
        if (!error)
            fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, error);
        if (error)
            return cannotCopy(from, error);
    }
    return copy;
}

PrivateCopy::PrivateCopy(PrivateCopy&& other) noexcept
    : m_folder(std::exchange(other.m_folder, {}))
{
}

PrivateCopy& PrivateCopy::operator=(PrivateCopy&& other) noexcept
{
    std::swap(m_folder, other.m_folder);
    return *this;
}

PrivateCopy::~PrivateCopy()
{
    std::error_code ignored;
    if (!m_folder.empty())
        fs::remove_all(m_folder, ignored);
}

}  // namespace warploom
