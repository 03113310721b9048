// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/DatabaseFile.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <sqlite3.h>
#include <unistd.h>

#include <fmt/format.h>

namespace warploom {

namespace {

// const or not, by SQLite's version.
using SqliteName = decltype(sqlite3_create_filename("", "", "", 0, nullptr));

}  // namespace

struct DatabaseFile::Handle {
    Handle(const std::filesystem::path& path, std::size_t fileBytes)
        : shown(path.string())
        , name(sqlite3_create_filename(std::filesystem::absolute(path).c_str(), "", "", 0, nullptr))
        , storage(fileBytes / sizeof(std::max_align_t) + 1)
        , file(reinterpret_cast<sqlite3_file*>(storage.data()))
    {
    }
    ~Handle()
    {
        if (file->pMethods != nullptr)
            file->pMethods->xClose(file);
        sqlite3_free_filename(name);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    std::string shown;
    SqliteName name;  ///< SQLite asks that it lives as long as the file is open
    std::vector<std::max_align_t> storage;  ///< zeros at first: no methods, nothing to close
    sqlite3_file* file;
};

DatabaseFile::DatabaseFile(std::unique_ptr<Handle> handle)
    : m_handle(std::move(handle))
{
}

DatabaseFile::DatabaseFile(DatabaseFile&& other) noexcept = default;
DatabaseFile& DatabaseFile::operator=(DatabaseFile&& other) noexcept = default;
DatabaseFile::~DatabaseFile() = default;

Result<DatabaseFile> DatabaseFile::open(const std::filesystem::path& path)
{
    sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
    if (vfs == nullptr)
        return fail(ErrorCode::Internal, "SQLite cannot read files here");
    auto handle = std::make_unique<Handle>(path, static_cast<std::size_t>(vfs->szOsFile));
    if (handle->name == nullptr)
        return fail(ErrorCode::OutOfMemory, fmt::format("{}: no memory to open it", handle->shown));
    // Of main databases only SQLite keeps descriptors that must not be closed yet.
    constexpr int kFlags = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READONLY;
    if (vfs->xOpen(vfs, handle->name, handle->file, kFlags, nullptr) == SQLITE_OK)
        return DatabaseFile(std::move(handle));
    const int number = ::access(path.c_str(), R_OK) != 0 ? errno : EIO;
    return fail(number == EACCES || number == EPERM ? ErrorCode::ReadOnly : ErrorCode::IoFailed,
                fmt::format("cannot read {}: {}", handle->shown, std::strerror(number)));
}

Result<std::uint64_t> DatabaseFile::size() const
{
    sqlite3_int64 bytes = 0;
    if (m_handle->file->pMethods->xFileSize(m_handle->file, &bytes) != SQLITE_OK)
        return fail(ErrorCode::IoFailed, fmt::format("cannot ask for the size of {}", m_handle->shown));
    return static_cast<std::uint64_t>(bytes);
}

Result<bool> DatabaseFile::read(std::uint64_t at, std::span<unsigned char> bytes) const
{
    sqlite3_file* file = m_handle->file;
    const int code =
        file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), static_cast<sqlite3_int64>(at));
    if (code == SQLITE_OK || code == SQLITE_IOERR_SHORT_READ)
        return true;
    int number = EIO;
    file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
    if (number == EIO)
        return false;
    return fail(ErrorCode::IoFailed, fmt::format("cannot read {}: {}", m_handle->shown, std::strerror(number)));
}

}  // namespace warploom
