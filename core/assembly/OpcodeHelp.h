// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace warploom {

/// One English sentence on what an opcode does, followed by what its modifiers add: for "LDG.E.128" "Loads from global
/// memory. .E: 64-bit address; .128: 16 bytes a thread." Empty for an opcode that is not known; modifiers that are not
/// are left out. \p opcode may be a whole instruction.
std::string opcodeHelp(std::string_view opcode, bool isSass);

}  // namespace warploom
