// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ClangHeaders.h"

namespace warploom {

/// if (condition) { before; return; }
struct EarlyExit {
    const clang::IfStmt* choice = nullptr;
    std::vector<const clang::Stmt*> before;  ///< may be empty
};

/// Nothing where \p statement is no such, or has an else.
std::optional<EarlyExit> earlyExit(const clang::Stmt* statement);

}  // namespace warploom
