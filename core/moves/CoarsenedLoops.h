// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// Loops from 0 of a number of rounds that is known, by that number.
std::map<std::int64_t, std::vector<CountedLoop>> constantLoops(const KernelScope& kernel);
/// The local array that \p element is of, and its first index; null for others.
std::pair<const clang::VarDecl*, const clang::Expr*> localElement(const clang::Expr* element);
/// Whether \p body goes on elsewhere than with its next statement.
bool leavesRound(const clang::Stmt* body);

}  // namespace warploom
