// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace warploom {

/// What a file system can do for a file that several processes use.
struct FileSystemKind {
    /// How locks of fcntl(2) work there between machines.
    enum class Locks {
        OneMachine,  ///< nobody else can mount it, or they would not see each other's locks
        Mounted,  ///< as it was mounted: see locksReachOtherMachines()
        Everywhere,
    };

    std::string_view name;  ///< for people: "NFS"; "an unknown file system"
    bool sharesMemory = false;  ///< processes that map a file see each other's changes: what a write-ahead log needs
    Locks locks = Locks::OneMachine;
};

/// By the magic number of statfs(2). Whatever is not known to belong to one machine alone counts as a network.
FileSystemKind fileSystemKind(unsigned long magic);

/// Where the symbolic links that \p path may be end; SQLite keeps its journals there, not beside a link.
std::filesystem::path throughLinks(std::filesystem::path path);

/// Where a file is mounted.
struct MountedFileSystem {
    FileSystemKind kind;
    std::string options;  ///< as /proc/self/mountinfo has them, those of the file system included
};

/// Of the folder that \p file is in; an unknown one where it cannot be asked.
MountedFileSystem fileSystemOf(const std::filesystem::path& file);

/// Whether a lock that this machine got tells that no other machine has it.
bool locksReachOtherMachines(const FileSystemKind& kind, std::string_view mountOptions);

/// The options of the mount with this device ("0:52") in the text of /proc/self/mountinfo; empty when it has none.
std::string mountOptionsIn(std::string_view mountInfo, std::string_view device);

}  // namespace warploom
