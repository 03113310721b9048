// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// How a kernel that counts all elements by one index finds the row and the column of each: `index / columns` and what
/// is divided further, `index % columns`.
struct RowQuotients {
    const clang::Expr* columns = nullptr;  ///< of a row: a divisor that never changes
    std::set<const clang::Stmt*> columnNodes;  ///< expressions that are the column
    std::set<const clang::Stmt*> rowNodes;  ///< expressions of the row alone
    std::vector<std::pair<TextRange, clang::QualType>> columnUses;  ///< where the former stand, with their types
    std::vector<std::pair<TextRange, std::string>> rowUses;  ///< where the latter do, with themselves of "@row@"
};

/// Nothing where no remainder of \p index is taken, or of different divisors.
std::optional<RowQuotients> rowQuotients(const KernelScope& kernel, const clang::VarDecl* index);

}  // namespace warploom
