// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warploom {

bool hasKernel(std::string_view text);
bool hasDirective(std::string_view text);

/// The source that stands in \p prose, where an answer has no fence: from the first line of code to the last; nothing
/// where it holds no kernel with a directive.
std::optional<std::string> fileInProse(const std::vector<std::string>& prose);

/// How many braces of \p source are still open at its end; comments and literals do not count.
int openBraces(std::string_view source);

/// \p source with what keeps it from being a variant put right: directives that it repeats are dropped, and where it
/// has none but launches the parent's kernels, the parent's are put in front. \p notes: what was done.
std::string withWholePlan(const std::string& source, std::string_view parent, std::vector<std::string>& notes);

}  // namespace warploom
