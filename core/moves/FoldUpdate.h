// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Reduction.h"

namespace warploom {

/// The statement that folds one element into a variable: acc = op(acc, f(i));
struct FoldUpdate {
    Reduction reduction;  ///< its variable is acc
    const clang::Expr* condition = nullptr;  ///< of the update; null: every element is folded
    std::vector<const clang::Expr*> factors;  ///< what is folded is their product; none: ones are counted
    bool isNegated = false;

    [[nodiscard]] const clang::Expr* start() const { return reduction.var->getInit(); }
    [[nodiscard]] clang::QualType type() const { return reduction.var->getType().getUnqualifiedType(); }
    /// The condition and the factors.
    [[nodiscard]] std::vector<const clang::Stmt*> parts() const;
};

/// How \p statement folds into \p var; nothing where it does anything else.
std::optional<FoldUpdate> foldUpdate(const KernelScope& kernel, const clang::VarDecl* var,
                                     const clang::Stmt* statement);

/// Text of what \p update folds, of its variable's type, with its parts as \p textOf has them.
std::string foldedText(const KernelScope& kernel, const FoldUpdate& update,
                       const std::function<std::string(const clang::Stmt*)>& textOf);
/// What folding leaves as it is: a constant, or for extrema what the variable holds.
std::string neutralText(const Reduction& reduction);

}  // namespace warploom
