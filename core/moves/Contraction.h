// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"

namespace warploom {

/// How a factor lies in memory.
enum class FactorLayout {
    AlongDepth,  ///< neighbours in p are neighbours
    AlongOutput,  ///< neighbours in the row (of the left) or the column (of the right) are
    Scattered,
};

/// One factor of a contraction's product: a load, perhaps converted.
struct ContractionFactor {
    TextRange range;  ///< of the load, as the user wrote it
    std::string text;
    std::string element;
    std::string base;  ///< the parameter that it is loaded through
    int bytes = 0;  ///< of an element
    bool isPlain = true;  ///< converted to wider floating types only, if at all
    FactorLayout layout = FactorLayout::Scattered;
    /// What must be a multiple of a vector's elements for lines to start on its boundary; empty where nothing must.
    /// Nothing where that cannot be told.
    std::optional<std::string> pitch;
    bool isAffine = false;  ///< the next row (or column) and the next p are always as far away
    std::string shift;  ///< what its pointer was advanced by, in the kernel's words; empty: nothing
};

/// One thread computes one element of a matrix: sum over p of left(row, p) * right(p, column), then an epilogue.
struct Contraction {
    GuardedKernel guarded;
    const clang::VarDecl* sum = nullptr;
    CountedLoop loop;
    ContractionFactor left;  ///< depends on the row (dimension 1) and p
    ContractionFactor right;  ///< depends on the column (dimension 0) and p
    TextRange preamble;  ///< statements that advance pointers to the block's layer; empty: there are none
    TextRange update;  ///< the statement in the loop
    TextRange epilogue;  ///< what follows the loop
    std::vector<const clang::Stmt*> rest;  ///< its statements
    std::string row, column, rows, columns, depth;
    std::string indexType, sumType, loopType;
};

std::optional<Contraction> contraction(const KernelScope& kernel);

/// \p expression as the operand of another: in parentheses where it is more than a name or a number.
std::string termText(const std::string& expression);
/// A condition in the kernel's words for loads of \p width neighbours to be whole and aligned, where the factor lies
/// along \p bound's index; nothing where there is none.
std::optional<std::string> wideCondition(const ContractionFactor& factor, const std::string& bound, int width);

}  // namespace warploom
