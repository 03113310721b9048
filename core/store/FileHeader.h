// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/Result.h"

namespace warploom {

/// What the first 100 bytes of a database file say, without SQLite, and what lies beside it.
struct FileHeader {
    std::uintmax_t fileBytes = 0;
    bool isDatabase = false;  ///< begins as SQLite files do
    bool isOurs = false;  ///< has the application id of workspaces
    bool isWriteAhead = false;  ///< its journal is a write-ahead log
    std::uint32_t pageBytes = 0;
    std::uint64_t pages = 0;  ///< that the file should have; 0 where it does not say
    bool hasJournal = false;  ///< a journal with content lies beside it: newer changes, or what undoes half a change

    /// A journal can still bring back what is missing.
    [[nodiscard]] bool isTruncated() const { return !hasJournal && fileBytes < pages * pageBytes; }
};

/// Whether a journal with content lies there; opens nothing.
bool journalLiesBeside(const std::filesystem::path& path);

/// IoFailed or ReadOnly (no permission to read) when the file cannot be read. Leaves the locks alone that this process
/// holds on it.
Result<FileHeader> readFileHeader(const std::filesystem::path& path);

/// NotAWorkspace for an empty file, a text, …; Corrupt for a workspace whose beginning or end is gone.
Result<> refuseWhatIsNoWorkspace(const FileHeader& header, const std::filesystem::path& path);

}  // namespace warploom
