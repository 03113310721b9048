// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/SetupScripts.h"

#include <array>

#include <unistd.h>

#include <fmt/format.h>

#include "base/Files.h"

namespace warploom {

Result<std::filesystem::path> setupScript(std::string_view name)
{
    const auto programs = executableFolder();
    const std::array<std::filesystem::path, 2> places{programs / "../share/warploom/setup/packaging" / name,
                                                      programs / "../../../packaging" / name};
    for (const auto& place : places) {
        std::error_code error;
        if (std::filesystem::is_regular_file(place, error) && ::access(place.c_str(), X_OK) == 0)
            return std::filesystem::weakly_canonical(place);
    }
    return fail(ErrorCode::NotFound,
                fmt::format("no {}: looked in {} and {}", name, places[0].parent_path().string(),
                            places[1].parent_path().string()));
}

}  // namespace warploom
