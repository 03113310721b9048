// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/Result.h"

namespace warploom {

/// The file that \p program means: itself where it has a slash, otherwise the first executable of that name in PATH.
/// NotFound where there is none there; what has a slash is not looked at.
Result<std::string> resolveProgram(const std::string& program);

/// Whether the file could be started, as far as its mode tells.
bool isExecutableFile(const std::string& path);

}  // namespace warploom
