// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>

#include "base/Result.h"
#include "store/FileSystemKind.h"

namespace warploom {

/// The right to write a workspace, held by one process at a time through a lock file beside it. The kernel gives it
/// back when the holder dies, however it dies.
class WorkspaceLock {
public:
    /// Locked, naming the holder, when another open workspace (in any process) has it; LockedElsewhere when another
    /// machine may have it and locks of this file system do not reach there; ReadOnly or DiskFull when the folder takes
    /// no lock file, or where other machines need it, no name in it. Lock files that dead processes left are taken
    /// over.
    static Result<std::unique_ptr<WorkspaceLock>> acquire(const std::filesystem::path& workspace);
    static Result<std::unique_ptr<WorkspaceLock>> acquire(const std::filesystem::path& workspace,
                                                          const MountedFileSystem& place);

    /// Whether anybody has it, this process included. A lock file that may not be read counts as held.
    static bool isHeld(const std::filesystem::path& workspace);

    ~WorkspaceLock();
    WorkspaceLock(const WorkspaceLock&) = delete;
    WorkspaceLock& operator=(const WorkspaceLock&) = delete;

private:
    WorkspaceLock(int fd, std::filesystem::path path);

    int m_fd;
    std::filesystem::path m_path;
};

}  // namespace warploom
