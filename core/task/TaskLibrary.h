// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/Result.h"

namespace warploom {

/// What a list of tasks shows of one.
struct TaskSummary {
    std::string name;
    std::string title;
    std::string summary;
    std::vector<std::string> tags;
    std::filesystem::path folder;
    std::string problem;  ///< why it cannot be loaded; empty where it can
};

/// The folder of the tasks that come with Warploom: $WARPLOOM_KERNELS, else share/warploom/kernels beside the programs,
/// else kernels/ of the checkout that they were built in. NotFound names where it was looked for.
Result<std::filesystem::path> taskLibraryFolder();

/// Every task in the sub-folders of \p folder, by name. A task that cannot be loaded is listed with its problem.
std::vector<TaskSummary> listTasks(const std::filesystem::path& folder);

}  // namespace warploom
