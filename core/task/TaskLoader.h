// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "task/Task.h"

namespace warploom {

/// Gives the text of a file of the task by its relative name.
using TaskFileReader = std::function<Result<std::string>(const std::string&)>;

/// Reads a task from the text of its task.toml; the kernels come through \p readFile. \p fileName appears in messages.
Result<Task> parseTask(const std::string& tomlText, const std::string& fileName, const TaskFileReader& readFile);
/// Loads a task from its folder or its task.toml.
Result<Task> loadTask(const std::filesystem::path& folderOrFile);
/// Loads a task from its files by name, as a workspace keeps them.
Result<Task> taskFromFiles(const std::map<std::string, std::string>& files);

}  // namespace warploom
