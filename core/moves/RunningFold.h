// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/FoldLoop.h"
#include "moves/FoldUpdate.h"

namespace warploom {

/// One thread folds element after element into a variable, and may write what it has reached at each:
///     T acc = start;  for (i = first; i < end; ++i) { acc = op(acc, f(i)); out[i] = g(acc); }
struct RunningFold : FoldLoop, FoldUpdate {
    /// `out[i] = g(acc);`
    struct Write {
        const clang::Expr* statement = nullptr;
        bool afterUpdate = false;  ///< whether acc holds the element already
    };

    std::vector<Write> writes;
};

/// The only loop of \p body, if it is one whose steps can be taken in parallel: the elements depend on nothing that the
/// loop sets, and each place that it writes is its element's own.
std::optional<RunningFold> runningFold(const KernelScope& kernel, const std::vector<const clang::Stmt*>& body);

/// What stays at or above \p bound, taken apart: min(a, b), a < b ? a : b, and variables that are set to such.
std::vector<const clang::Expr*> partsOfMinimum(const KernelScope& kernel, const clang::Expr* bound);

}  // namespace warploom
