// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/answer/ParsedAnswer.h"

namespace warploom {

/// One replacement in a source.
struct SourceEdit {
    std::string search;
    std::string replace;
    int nearLine = 0;  ///< 1-based: which of several places is meant, as a diff's hunk says; 0: there must be only one
};

/// Most edits of one answer.
inline constexpr std::size_t kMostEdits = 200;

struct EditOutcome {
    AnswerFault fault = AnswerFault::None;
    std::string explanation;  ///< of the fault: which edit, and what stands where it was looked for
    std::string source;  ///< empty with a fault
    std::vector<std::string> notes;
};

/// Applies every edit to \p source, or none. Each is looked for as whole lines, then as whole lines whatever their
/// blanks at both ends (the replacement gets the indentation of the place), then as a part of a line. What is not in
/// the source is looked for in what the edits before it have made of it. The result has LF line ends, and one at its
/// end.
EditOutcome applyEdits(const std::vector<SourceEdit>& edits, std::string_view source);

}  // namespace warploom
