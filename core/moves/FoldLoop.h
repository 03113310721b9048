// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// A loop of one thread over neighbouring elements, and what stands around it.
struct FoldLoop {
    const clang::ForStmt* loop = nullptr;
    const clang::VarDecl* var = nullptr;  ///< the loop's
    const clang::Expr* first = nullptr;
    std::vector<const clang::Expr*> bounds;  ///< var stays below each of them
    std::vector<const clang::DeclStmt*> locals;  ///< set in the body, never changed
    std::set<const clang::VarDecl*> written;  ///< arrays
    std::vector<const clang::Stmt*> before;  ///< statements before the loop and after it
    std::vector<const clang::Stmt*> after;

    /// \p parts with the locals that they need before them.
    [[nodiscard]] std::vector<const clang::Stmt*> withLocals(const KernelScope& kernel,
                                                             std::vector<const clang::Stmt*> parts) const;
};

/// The only loop of \p body: it takes element after element to the end, holds no other, and around it stand only
/// values and, behind it, stores.
std::optional<FoldLoop> foldLoop(const KernelScope& kernel, const std::vector<const clang::Stmt*>& body);

/// Variables from outside that \p loop changes, but for the one that counts.
std::set<const clang::VarDecl*> changedVariables(const KernelScope& kernel, const FoldLoop& loop);
/// Whether \p var is a number of the thread that only the body of \p loop changes, and that has a value before.
bool canHoldFold(const KernelScope& kernel, const FoldLoop& loop, const clang::VarDecl* var);
/// Whether the steps touch nothing of each other's: each place that one of \p writes writes is its element's own. Notes
/// the arrays written.
bool readOwnElements(const KernelScope& kernel, FoldLoop& loop, const std::vector<const clang::Expr*>& writes);

/// Whether \p place is the element before those that a loop from \p first on touches by \p access, one a round.
bool isBeforeFirst(const KernelScope& kernel, const clang::VarDecl* counter, const clang::Expr* first,
                   const Access& place, const Access& access);

/// Whether what follows the loop needs no more than one thread that knows the whole fold: it sets no variable, touches
/// of what the loop writes only the element after the last, or before the first, and writes nothing that the loop reads
/// elsewhere.
bool endsAlone(const KernelScope& kernel, const FoldLoop& fold);

/// Arrays that the loop or what follows it writes.
std::set<const clang::VarDecl*> arraysWritten(const KernelScope& kernel, const FoldLoop& fold);

/// The statements of a block, or the only one.
std::vector<const clang::Stmt*> statementsIn(const clang::Stmt* body);
/// Target of an assignment, of a built-in type or by an operator; null for anything else.
const clang::Expr* assignedBy(const clang::Expr* statement);

}  // namespace warploom
