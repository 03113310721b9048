// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "engine/RunValues.h"

namespace warploom {

/// One line of a run that is going on.
std::string progressText(const RunProgress& progress);
/// What `evolve` says at the end of a run: for people on stdout, for scripts as an object.
void printSummary(const RunProgress& progress, const std::filesystem::path& workspace);
nlohmann::json summaryJson(const RunProgress& progress, const std::filesystem::path& workspace);

}  // namespace warploom
