// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "protocol/Records.h"

namespace warploom {

/// \p text in a fence that is longer than any run of back ticks in it: nothing within can end it.
std::string fenced(std::string_view text, std::string_view language);
/// Each line behind "> ", so that no heading of it can pass for one of the prompt's.
std::string quotedLines(std::string_view text);
/// \p text on one line, at most \p most bytes.
std::string onOneLine(std::string_view text, std::size_t most);
/// The beginning of \p text, whole lines of at most \p most bytes together, and how much is missing.
std::string beginningOf(std::string_view text, std::size_t most);
/// The line of \p source, without blanks at its ends; empty where it has no such line.
std::string lineOf(std::string_view source, int line);
/// The 1-based \p line of \p source as "line 12: `code`".
std::string placeText(std::string_view source, int line);
/// "1.43× [1.41, 1.45]"
std::string ratioText(const Interval& interval);
/// "123 µs [121, 125]"
std::string timeText(const Interval& interval);
/// The changes from \p before to \p after with a line around each, at most \p most lines; says so where texts are too
/// long to compare.
std::string diffText(const std::string& before, const std::string& after, std::size_t most);

}  // namespace warploom
