// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/Result.h"

namespace warploom {

/// Whole content of a regular file of at most 64 MiB.
Result<std::string> readTextFile(const std::filesystem::path& path);
/// Writes through a temporary file and rename, so that a crash leaves the old or the new content, never half.
Result<> writeFileAtomically(const std::filesystem::path& path, std::string_view content);
/// Folder for what can be made again (compile cache): $WARPLOOM_CACHE, else $XDG_CACHE_HOME/warploom, else
/// ~/.cache/warploom.
std::filesystem::path cacheFolder();
/// Folder for what set-up unpacked (CUDA wheels): $WARPLOOM_DATA, else $XDG_DATA_HOME/warploom, else
/// ~/.local/share/warploom.
std::filesystem::path dataFolder();
/// Folder for what people set up: $WARPLOOM_CONFIG, else $XDG_CONFIG_HOME/warploom, else ~/.config/warploom.
std::filesystem::path configFolder();
/// Folder for sockets and locks, mode 0700: $XDG_RUNTIME_DIR/warploom, else /tmp/warploom-UID.
Result<std::filesystem::path> runtimeFolder();
/// Folder of the running executable: where its sibling programs are.
std::filesystem::path executableFolder();

}  // namespace warploom
