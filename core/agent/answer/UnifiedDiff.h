// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>
#include <vector>

#include "agent/answer/SourceEdits.h"

namespace warploom {

/// Whether \p text has a hunk's head (`@@ -12,4 +12,6 @@`).
bool hasHunks(std::string_view text);

/// One edit for each hunk; a text without any hunk's head is one hunk. Hunks that change nothing are left out.
std::vector<SourceEdit> editsOfDiff(std::string_view text);

}  // namespace warploom
