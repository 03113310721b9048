// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warploom {

/// What an answer says of its proposal, as it says it; empty where it does not.
struct AnswerFields {
    std::string move;
    std::string title;
    std::string hypothesis;
    std::string predicted;
};

/// Reads the lines `MOVE:`, `TITLE:`, `HYPOTHESIS:` and `PREDICTED:`, whatever their order, case and emphasis. Of
/// several the first counts. A hypothesis goes on to the next empty line.
AnswerFields readFields(const std::vector<std::string>& prose);

/// "pad-shared-tile" of "Pad shared tile!"; "unnamed" of nothing.
std::string moveNameOf(std::string_view text);
/// Ratio to the parent of "1.3x", "1.3×", "30 %", "1.2-1.4x", "30 % less time"; nothing where that is none.
std::optional<double> gainOf(std::string_view text);
/// A title of at most 120 bytes; made of the move's name where \p text is empty.
std::string titleOf(std::string_view text, std::string_view move);
/// A hypothesis of at most 2000 bytes.
std::string hypothesisOf(std::string_view text);

}  // namespace warploom
