// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "exporting/ExportSubject.h"

namespace warploom {

/// One file of an export, by its name within the export's folder.
struct ExportedFile {
    std::string name;
    std::string content;
};

/// The variant as `<task>.cu` and `<task>.h`: provenance, tunables as macros, the kernel without its directives, and a
/// typed launcher that does what the directives say. Fails with InvalidInput where the directives have no plan for the
/// evaluation's configuration.
Result<std::vector<ExportedFile>> exportCode(const ExportSubject& subject);

}  // namespace warploom
