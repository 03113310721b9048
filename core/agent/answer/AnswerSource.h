// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/answer/ParsedAnswer.h"
#include "agent/answer/SourceEdits.h"

namespace warploom {

/// Gives \p answer the whole file that it proposes, or the fault that there is with it.
void takeSource(ParsedAnswer& answer, const std::string& source, std::string_view parent);

/// Gives \p answer what the edits make of \p parent, or the fault that there is with them.
void takeEdits(ParsedAnswer& answer, const std::vector<SourceEdit>& edits, std::string_view parent);

}  // namespace warploom
