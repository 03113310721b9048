// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ParsedSource.h"

namespace warploom {

/// A macro with parameters where code calls it, and what it makes there.
struct MacroCall {
    TextRange range;  ///< from its name to the closing parenthesis
    std::string made;  ///< macros within are left as they are
};

/// Calls that stand in \p function or in functions called from it, of macros that the file defines once and for all, by
/// no condition, with parameters, and without making words or strings of them. In the order of the file.
std::vector<MacroCall> macroCalls(const ParsedSource& source, const clang::FunctionDecl& function);

}  // namespace warploom
