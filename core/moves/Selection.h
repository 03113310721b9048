// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"

namespace warploom {

/// One thread a row that keeps the K largest (or smallest) elements of it in a sorted local array and writes them out:
///     T best[K]; for (k…) best[k] = lowest;
///     for (c…) if (x[c] > best[K - 1]) { move what is smaller one place on; put x[c] into the gap }
///     for (k…) out[…k…] = best[k];
struct Selection {
    GuardedKernel guarded;
    const clang::DeclStmt* declaration = nullptr;
    const clang::VarDecl* list = nullptr;
    std::int64_t count = 0;  ///< K
    clang::QualType type;  ///< of its elements
    bool keepsLargest = true;
    const clang::Stmt* fill = nullptr;
    const clang::Expr* lowest = nullptr;  ///< what the list holds at first
    CountedLoop loop;  ///< over the columns
    const clang::Expr* value = nullptr;  ///< what is compared and kept, an expression of the column
    Access element;  ///< the one element of the row that value reads
    clang::QualType elementType;
    std::vector<CountedLoop> outputs;  ///< each over the places of the list
    bool needsAllThreads = false;  ///< declarations use the list outside of the outputs, or stand between these
};

/// Nothing where the kernel does anything else, or sorts in another way.
std::optional<Selection> selectionOf(const KernelScope& kernel);

}  // namespace warploom
