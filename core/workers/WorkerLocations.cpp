// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "workers/WorkerLocations.h"

#include <cstdlib>

#include <unistd.h>

#include <fmt/format.h>

#include "base/Files.h"

namespace warploom {

Result<std::filesystem::path> locateProgram(std::string_view name)
{
    const char* variable = std::getenv("WARPLOOM_BIN");
    const bool isSet = variable != nullptr && *variable != '\0';
    const std::filesystem::path folder = isSet ? std::filesystem::path(variable) : executableFolder();
    const std::filesystem::path path = folder / name;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0)
        return path;
    return fail(Error{ErrorCode::NotFound,
                      fmt::format("the program {} is missing", name),
                      {folder.string(), 0, 0},
                      fmt::format("an executable named {}", name),
                      isSet ? "none in $WARPLOOM_BIN" : "none beside this program"});
}

}  // namespace warploom
