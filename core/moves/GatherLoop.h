// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"

namespace warploom {

/// A loop that loads an index and then what it points to, and only folds that into variables:
///     for (p…) sum += table[indices[p] * dim + d];     or with  int row = indices[p];
struct GatherLoop {
    CountedLoop counted;
    std::vector<const clang::Stmt*> rest;  ///< the body without the declaration of the index
    Access gather;
    clang::QualType type;  ///< of what is gathered
    const clang::Expr* load = nullptr;  ///< that makes the index
    clang::QualType indexType;
    const clang::VarDecl* index = nullptr;  ///< holds it; null: it is loaded within the gather
};

std::vector<GatherLoop> gatherLoops(const KernelScope& kernel);

/// One thread an element of a matrix whose body is such a loop: neighbouring threads gather neighbouring columns of the
/// same rows.
struct GatheredColumns {
    GuardedKernel guarded;
    GatherLoop loop;
    const clang::VarDecl* width = nullptr;  ///< parameter with the number of columns
    const clang::VarDecl* column = nullptr;  ///< variable with the own column; null where the gather works it out
    const clang::DeclStmt* declaration = nullptr;  ///< of the sum
    const clang::VarDecl* sum = nullptr;
    const clang::BinaryOperator* store = nullptr;  ///< the end of the body
};

std::optional<GatheredColumns> gatheredColumns(const KernelScope& kernel);

}  // namespace warploom
