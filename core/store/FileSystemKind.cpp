// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/FileSystemKind.h"

#include <array>
#include <fstream>
#include <iterator>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <fmt/format.h>

namespace warploom {

namespace {

using Locks = FileSystemKind::Locks;

struct KnownFileSystem {
    unsigned long magic;
    FileSystemKind kind;
};

// FUSE and 9P may be anything underneath, a local disk too: they are treated as the worst of it.
constexpr std::array kFileSystems{
    KnownFileSystem{0xEF53, {"ext4", true, Locks::OneMachine}},
    KnownFileSystem{0x9123683E, {"btrfs", true, Locks::OneMachine}},
    KnownFileSystem{0x58465342, {"xfs", true, Locks::OneMachine}},
    KnownFileSystem{0x01021994, {"tmpfs", true, Locks::OneMachine}},
    KnownFileSystem{0x858458F6, {"ramfs", true, Locks::OneMachine}},
    KnownFileSystem{0x794C7630, {"overlayfs", true, Locks::OneMachine}},
    KnownFileSystem{0x2FC12FC1, {"zfs", true, Locks::OneMachine}},
    KnownFileSystem{0xF2F52010, {"f2fs", true, Locks::OneMachine}},
    KnownFileSystem{0xCA451A4E, {"bcachefs", true, Locks::OneMachine}},
    KnownFileSystem{0x52654973, {"reiserfs", true, Locks::OneMachine}},
    KnownFileSystem{0x2011BAB0, {"exfat", true, Locks::OneMachine}},
    KnownFileSystem{0x4D44, {"vfat", true, Locks::OneMachine}},
    KnownFileSystem{0x6969, {"NFS", false, Locks::Mounted}},
    KnownFileSystem{0x517B, {"SMB", false, Locks::Mounted}},
    KnownFileSystem{0xFF534D42, {"SMB (CIFS)", false, Locks::Mounted}},
    KnownFileSystem{0xFE534D42, {"SMB (CIFS)", false, Locks::Mounted}},
    KnownFileSystem{0x0BD00BD0, {"Lustre", false, Locks::Mounted}},
    KnownFileSystem{0x47504653, {"GPFS", false, Locks::Everywhere}},
    KnownFileSystem{0x00C36400, {"Ceph", false, Locks::Everywhere}},
    KnownFileSystem{0x01161970, {"GFS2", false, Locks::Everywhere}},
    KnownFileSystem{0x7461636F, {"OCFS2", false, Locks::OneMachine}},
    KnownFileSystem{0x19830326, {"BeeGFS", false, Locks::OneMachine}},
    KnownFileSystem{0x5346414F, {"AFS", false, Locks::OneMachine}},
    KnownFileSystem{0x65735546, {"FUSE (sshfs and others)", false, Locks::OneMachine}},
    KnownFileSystem{0x01021997, {"9P", false, Locks::OneMachine}},
    KnownFileSystem{0x786F4256, {"a folder shared with a virtual machine", false, Locks::OneMachine}},
};

/// The next word of \p text, which loses it.
std::string_view takeWord(std::string_view& text)
{
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

bool hasOption(std::string_view options, std::string_view wanted)
{
    for (std::size_t at = 0; at <= options.size();) {
        const std::size_t end = std::min(options.find(',', at), options.size());
        if (options.substr(at, end - at) == wanted)
            return true;
        at = end + 1;
    }
    return false;
}

}  // namespace

FileSystemKind fileSystemKind(unsigned long magic)
{
    for (const KnownFileSystem& known : kFileSystems) {
        if (known.magic == magic)
            return known.kind;
    }
    return {"an unknown file system", false, Locks::OneMachine};
}

std::filesystem::path throughLinks(std::filesystem::path path)
{
    constexpr int kMostLinks = 40;  // as the kernel
    std::error_code error;
    for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(path, error); ++i) {
        const auto target = std::filesystem::read_symlink(path, error);
        if (error)
            break;
        path = path.parent_path() / target;
    }
    return path;
}

MountedFileSystem fileSystemOf(const std::filesystem::path& file)
{
    std::error_code ignored;
    const auto folder = std::filesystem::absolute(file, ignored).parent_path();
    struct statfs status{};
    struct stat place{};
    if (::statfs(folder.c_str(), &status) != 0 || ::stat(folder.c_str(), &place) != 0)
        return {fileSystemKind(0), {}};
    // The field is signed on some machines: no sign must be carried into the upper half.
    const auto magic = static_cast<unsigned long>(static_cast<unsigned int>(status.f_type));
    std::ifstream mountInfo("/proc/self/mountinfo");
    const std::string text{std::istreambuf_iterator<char>(mountInfo), std::istreambuf_iterator<char>()};
    const std::string device = fmt::format("{}:{}", major(place.st_dev), minor(place.st_dev));
    return {fileSystemKind(magic), mountOptionsIn(text, device)};
}

bool locksReachOtherMachines(const FileSystemKind& kind, std::string_view mountOptions)
{
    if (kind.locks != Locks::Mounted)
        return kind.locks == Locks::Everywhere;
    if (kind.name == "NFS")
        return hasOption(mountOptions, "local_lock=none") && !hasOption(mountOptions, "nolock");
    if (kind.name == "Lustre")
        return hasOption(mountOptions, "flock");
    return !mountOptions.empty() && !hasOption(mountOptions, "nobrl");
}

std::string mountOptionsIn(std::string_view mountInfo, std::string_view device)
{
    std::string options;
    while (!mountInfo.empty()) {
        std::string_view line = mountInfo.substr(0, mountInfo.find('\n'));
        mountInfo.remove_prefix(std::min(line.size() + 1, mountInfo.size()));
        for (int i = 0; i < 2; ++i)
            takeWord(line);
        if (takeWord(line) != device)
            continue;
        for (int i = 0; i < 2; ++i)
            takeWord(line);
        // "rw,noatime master:1 - nfs4 server:/export rw,local_lock=none": the last mount there hides those before it.
        options = takeWord(line);
        while (!line.empty() && takeWord(line) != "-") { }
        for (int i = 0; i < 2; ++i)
            takeWord(line);
        if (const std::string_view own = takeWord(line); !own.empty())
            options += fmt::format(",{}", own);
    }
    return options;
}

}  // namespace warploom
