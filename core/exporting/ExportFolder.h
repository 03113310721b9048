// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <vector>

#include "exporting/CodeExport.h"

namespace warploom {

/// Writes \p files into \p folder, which is made where it is missing, each one atomically. Files that stand there
/// already are replaced only if an export wrote them: InvalidArgument otherwise, and then nothing is written.
Result<> writeExport(const std::filesystem::path& folder, const std::vector<ExportedFile>& files);

}  // namespace warploom
