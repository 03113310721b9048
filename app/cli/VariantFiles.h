// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/Result.h"
#include "task/Task.h"
#include "variant/Directives.h"

namespace warploom {

/// A kernel file that a command is about.
struct VariantFile {
    std::string name;
    std::string text;
};

/// What stands at \p path; the task's baseline where that is empty.
Result<VariantFile> variantFile(const std::string& path, const Task& task);
/// The default configuration with what \p settings (NAME=VALUE) ask for; names that the variant lacks are an error.
Result<Configuration> configurationOf(const VariantFile& file, const std::vector<std::string>& settings);

}  // namespace warploom
