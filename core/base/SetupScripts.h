// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string_view>

#include "base/Result.h"

namespace warploom {

/// A script of packaging/ by its name: of the installation (share/warploom/setup/packaging beside bin/), else of the
/// checkout that the running program was built in. NotFound names both places.
Result<std::filesystem::path> setupScript(std::string_view name);

}  // namespace warploom
