// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "base/Result.h"

namespace warploom {

/// The bytes of a database file, read through SQLite. POSIX locks belong to the process, and closing any descriptor of
/// a file drops all of them: those of connections that this process has open, too. SQLite keeps its own descriptors
/// until the last lock is gone.
class DatabaseFile {
public:
    /// IoFailed, or ReadOnly (no permission to read).
    static Result<DatabaseFile> open(const std::filesystem::path& path);

    DatabaseFile(DatabaseFile&& other) noexcept;
    DatabaseFile& operator=(DatabaseFile&& other) noexcept;
    ~DatabaseFile();

    [[nodiscard]] Result<std::uint64_t> size() const;
    /// Fills all of \p bytes, with zeros beyond the end. False: the medium gives nothing there (EIO).
    [[nodiscard]] Result<bool> read(std::uint64_t at, std::span<unsigned char> bytes) const;

private:
    struct Handle;

    explicit DatabaseFile(std::unique_ptr<Handle> handle);

    std::unique_ptr<Handle> m_handle;
};

}  // namespace warploom
