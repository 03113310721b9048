// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace warploom {

/// \p line without comments; \p isInComment tells whether one goes on from line to line. What is quoted stays.
std::string withoutComments(std::string_view line, bool& isInComment);
/// The text without blanks at both ends.
std::string_view trimmedText(std::string_view text);
/// The instructions that a line of PTX or SASS holds, each from its opcode on: without predicate, label, braces and
/// semicolon. The views are into \p line. Empty for labels, directives and comments.
std::vector<std::string_view> instructionsOf(std::string_view line);
/// "LDG.E.128" of "LDG.E.128 R4, desc[UR4][R2.64]".
std::string_view opcodeOf(std::string_view instruction);
/// "LDG" of "LDG.E.128"; "ld" of "ld.global.f32".
std::string_view baseOpcode(std::string_view opcode);
/// What follows the base, without dots: "E", "128".
std::vector<std::string_view> modifiersOf(std::string_view opcode);

}  // namespace warploom
