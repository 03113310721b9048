// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Reduction.h"

namespace warploom {

/// One thread folds element after element into a variable, and may write what it has reached at each:
///     T acc = start;  for (i = first; i < end; ++i) { acc = op(acc, f(i)); out[i] = g(acc); }
struct RunningFold {
    /// `out[i] = g(acc);`
    struct Write {
        const clang::Expr* statement = nullptr;
        bool afterUpdate = false;  ///< whether acc holds the element already
    };

    Reduction reduction;  ///< its variable is acc
    const clang::ForStmt* loop = nullptr;
    const clang::VarDecl* var = nullptr;  ///< the loop's
    const clang::Expr* first = nullptr;
    std::vector<const clang::Expr*> bounds;  ///< var stays below each of them
    const clang::Expr* condition = nullptr;  ///< of the update; null: every element is folded
    std::vector<const clang::Expr*> factors;  ///< what is folded is their product; none: ones are counted
    bool isNegated = false;
    std::vector<const clang::DeclStmt*> locals;  ///< set at the body's begin, never changed
    std::vector<Write> writes;
    std::set<const clang::VarDecl*> written;  ///< arrays
    std::vector<const clang::Stmt*> before;  ///< statements before the loop and after it
    std::vector<const clang::Stmt*> after;

    [[nodiscard]] const clang::Expr* start() const { return reduction.var->getInit(); }
    [[nodiscard]] clang::QualType type() const { return reduction.var->getType().getUnqualifiedType(); }
};

/// The only loop of \p body, if it is one whose steps can be taken in parallel: the elements depend on nothing that the
/// loop sets, and each place that it writes is its element's own.
std::optional<RunningFold> runningFold(const KernelScope& kernel, const std::vector<const clang::Stmt*>& body);

/// Whether what follows the loop needs no more than one thread that knows the whole fold: it sets no variable, touches
/// of what the loop writes only the element after the last, and writes nothing that the loop reads elsewhere.
bool endsAlone(const KernelScope& kernel, const RunningFold& fold);

/// Arrays that the loop or what follows it writes.
std::set<const clang::VarDecl*> arraysWritten(const KernelScope& kernel, const RunningFold& fold);

/// What stays at or above \p bound, taken apart: min(a, b), a < b ? a : b, and variables that are set to such.
std::vector<const clang::Expr*> partsOfMinimum(const KernelScope& kernel, const clang::Expr* bound);

}  // namespace warploom
