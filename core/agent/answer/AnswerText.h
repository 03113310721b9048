// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace warploom {

/// An answer without what is no part of it.
struct CleanAnswer {
    std::string text;  ///< LF only, no byte order mark
    bool hadReasoning = false;  ///< something in <think> was dropped
    bool endsInReasoning = false;  ///< it was never closed: the answer had not begun
};

/// Drops byte order mark, carriage returns and blocks of reasoning (<think>…</think> and its like).
CleanAnswer cleanAnswer(std::string_view text);

/// \p text with LF as its only line end.
std::string withPlainLineEnds(std::string_view text);

/// The blanks at the beginning of \p line.
std::string_view indentOf(std::string_view line);
/// The lines of \p text, without their ends; a last line that is empty is none.
std::vector<std::string_view> splitLines(std::string_view text);
/// \p text in lower case, ASCII only.
std::string lowered(std::string_view text);
/// At most \p most bytes of \p text on one line, cut between characters, with "…" where something is missing.
std::string shortened(std::string_view text, std::size_t most);

}  // namespace warploom
