// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/ProgramPath.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <unistd.h>

#include <fmt/format.h>

namespace warploom {

bool isExecutableFile(const std::string& path)
{
    std::error_code ignored;
    return ::access(path.c_str(), X_OK) == 0 && !std::filesystem::is_directory(path, ignored);
}

Result<std::string> resolveProgram(const std::string& program)
{
    if (program.find('/') != std::string::npos)
        return program;
    const char* variable = std::getenv("PATH");
    std::string_view rest = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
    while (!program.empty() && !rest.empty()) {
        const auto end = std::min(rest.find(':'), rest.size());
        const std::string candidate = fmt::format("{}/{}", rest.substr(0, end), program);
        if (end > 0 && isExecutableFile(candidate))
            return candidate;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return fail(ErrorCode::NotFound, fmt::format("cannot start {}: no such program in PATH", program));
}

}  // namespace warploom
