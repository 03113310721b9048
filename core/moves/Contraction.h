// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"

namespace warploom {

/// One factor of a contraction's product, as the user wrote it.
struct ContractionFactor {
    TextRange range;
    std::string text;
    std::string element;
};

/// One thread computes one element of a matrix: sum over p of left(row, p) * right(p, column), then an epilogue.
struct Contraction {
    GuardedKernel guarded;
    const clang::VarDecl* sum = nullptr;
    CountedLoop loop;
    ContractionFactor left;  ///< depends on the row (dimension 1) and p
    ContractionFactor right;  ///< depends on the column (dimension 0) and p
    TextRange update;  ///< the statement in the loop
    TextRange epilogue;  ///< what follows the loop
    std::string row, column, rows, columns, depth;
    std::string indexType, sumType, loopType;
};

std::optional<Contraction> contraction(const KernelScope& kernel);

}  // namespace warploom
