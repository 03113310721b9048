// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace warploom {

/// Registers of a line in the order they appear in, each as often as it does: "%r1", "R4".
std::vector<std::string> registersOf(std::string_view line);
/// The word that stands at \p at, or one letter.
std::string_view wordAt(std::string_view line, std::size_t at);
/// "%r12", "%fd3", "R4", "UP0"; not "RZ", "%tid.x" or an opcode.
bool isRegister(std::string_view word);
/// "$L__BB0_2", ".L_x_3"
bool isLabel(std::string_view word);

/// Which register of one listing is which of another, as far as their equal lines have shown.
class Renaming {
public:
    /// Whether both lines, equal but for their registers, use those that mean the same; what is new to both does. Takes
    /// the lines for what is meant from here on.
    bool agrees(std::string_view before, std::string_view after);

private:
    bool pair(const std::string& before, const std::string& after);

    std::map<std::string, std::string, std::less<>> m_after;
    std::map<std::string, std::string, std::less<>> m_before;
};

}  // namespace warploom
