// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "exporting/ExportSubject.h"

namespace warploom {

/// First words of every file that an export writes: what may be overwritten begins so.
inline constexpr std::string_view kExportMarker = "// Exported by Warploom: ";

/// The comment at the top of both files: what it is, whence it comes, what was measured and where, and the licence.
/// \p what goes into the first line.
std::string provenanceComment(const ExportSubject& subject, const std::string& what);

}  // namespace warploom
