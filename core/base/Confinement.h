// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/Result.h"
#include "base/Units.h"

namespace warploom {

/// Files and folders (with all below) that stay reachable; every other file can neither be opened nor made nor removed.
/// What does not exist is passed over.
struct FileAccess {
    std::vector<std::filesystem::path> readable;
    std::vector<std::filesystem::path> writable;  ///< files are read, made, changed and removed in it
    std::vector<std::filesystem::path> devices;  ///< device files: read, written, controlled with ioctl
    std::vector<std::filesystem::path> executable;  ///< only of use with mayStartPrograms
};

enum class SocketAccess { None, Local, Any };  ///< Local: Unix sockets

/// What a process wants to be held to, once it has opened what it needs. Memory, files already open and threads stay
/// its own.
struct Confinement {
    std::optional<FileAccess> files;  ///< nothing: as it was
    SocketAccess sockets = SocketAccess::None;
    bool mayStartPrograms = false;
    bool maySignalOthers = false;
    bool usesDriver = false;  ///< leaves the system calls alone that NVIDIA's driver may need, and the capabilities
    bool wholeProcess = true;  ///< false: the calling thread and the threads that it starts from now on
    // Never above what is in force already.
    std::optional<Bytes> addressSpace;  ///< not in builds with sanitizers
    std::optional<Bytes> fileSize;  ///< of a file that is written; more fails with EFBIG
    std::optional<unsigned> openFiles;
};

/// What came of it.
struct ConfinementReport {
    bool isSwitchedOff = false;  ///< by WARPLOOM_CONFINE=off
    int landlock = 0;  ///< version of the kernel's Landlock; 0: it has none
    bool files = false;  ///< in force
    bool systemCalls = false;  ///< in force: sockets, programs, other processes
    std::optional<Bytes> addressSpace;  ///< limits in force
    std::optional<Bytes> fileSize;
    std::vector<std::string> failures;  ///< why something that was wanted is not in force

    /// Everything that was wanted is in force.
    [[nodiscard]] bool isComplete() const { return !isSwitchedOff && files && systemCalls && failures.empty(); }
};

void to_json(nlohmann::json& json, const ConfinementReport& report);
void from_json(const nlohmann::json& json, ConfinementReport& report);

/// False when WARPLOOM_CONFINE=off, for diagnosis.
bool isConfinementWanted();

/// Confines this process, for good: core dumps off, no new privileges, limits, Landlock, seccomp. Landlock holds the
/// calling thread and what it starts: call it before there are other threads. Does as much as the kernel can; nothing
/// where confinement is switched off.
ConfinementReport applyConfinement(const Confinement& confinement);

/// What applyConfinement() would bring into force in a process like this one, as far as the kernel tells beforehand.
ConfinementReport expectedConfinement();

/// Lets this process use \p seconds more of processor time; at the end it dies of SIGXCPU. Nothing where confinement is
/// switched off.
void allowProcessorTime(std::chrono::seconds seconds);

/// Removes from the environment, and from this process's memory of it, whatever workers do not read: keys and tokens of
/// the person who runs the program. Before there are threads. Nothing where confinement is switched off.
void forgetForeignEnvironment();

/// What every program reads to load its libraries and know the time, and the harmless devices.
FileAccess systemFiles();

}  // namespace warploom
