// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string_view>

#include "base/Result.h"

namespace warploom {

/// Path of one of our own programs ("warploom-worker", "warploom-rewriter", "warploom-cli"): in $WARPLOOM_BIN if that
/// is set, else beside the running program. NotFound names where it should have been.
Result<std::filesystem::path> locateProgram(std::string_view name);

}  // namespace warploom
