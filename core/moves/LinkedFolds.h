// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/AffineUpdate.h"
#include "moves/FoldLoop.h"
#include "moves/FoldUpdate.h"

namespace warploom {

/// One thread folds element after element into several variables; what it folds into one may be worked out from what
/// others hold at the element, as may what it writes:
///     for (i = first; i < end; ++i) { sum += x[i]; peak = max(peak, sum); out[i] = sum - peak; least = min(least,
///     sum); }
/// So may what it keeps of one: decayed = a * decayed + b; and what it hands on to the next element: last = x[i].
struct LinkedFolds : FoldLoop {
    struct Fold : FoldUpdate {
        const clang::Stmt* statement = nullptr;  ///< the last that changes the variable
        std::vector<const clang::Stmt*> earlier;  ///< others that do
        std::optional<AffineUpdate> affine;  ///< of what is no fold of plain values
        bool isHandedOn = false;  ///< the variable is what the last element has set it to: the only factor

        /// What the update is made of.
        [[nodiscard]] std::vector<const clang::Stmt*> parts() const;
        /// Scans, whose variable something else reads at each element: after how many others, at least, it can be
        /// scanned. Nothing for a variable of which only the last value counts.
        std::optional<std::size_t> level;
    };

    std::vector<const clang::Stmt*> steps;  ///< the body in its order: locals, updates, and writes
    std::vector<const clang::Expr*> writes;
    std::vector<Fold> folds;
    std::size_t levels = 0;  ///< of scans; at least one

    /// The fold that \p step updates; null for other steps.
    [[nodiscard]] const Fold* foldOf(const clang::Stmt* step) const;
    /// Scans whose variables \p parts read, also by way of locals.
    [[nodiscard]] std::vector<const Fold*> readBy(const KernelScope& kernel,
                                                  const std::vector<const clang::Stmt*>& parts) const;
};

/// The only loop of \p body, if it folds into variables that do not depend on each other in a circle, at least one of
/// them read at each element, and each place that it writes is its element's own.
std::optional<LinkedFolds> linkedFolds(const KernelScope& kernel, const std::vector<const clang::Stmt*>& body);

}  // namespace warploom
