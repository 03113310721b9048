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
    /// Parameters that must be such multiples as well, since the block's layer begins there.
    std::vector<std::string> layerParts;
    bool isAffine = false;  ///< the next row (or column) and the next p are always as far away
    bool hasLayer = false;  ///< the block's layer takes part in the place
    std::string shift;  ///< what its pointer was advanced by, in the kernel's words; empty: nothing
};

/// One thread computes one element of a matrix: sum over p of left(row, p) * right(p, column), then an epilogue.
/// Columns are the direction in which the epilogue stores neighbours, whichever of the block's dimensions that is.
struct Contraction {
    GuardedKernel guarded;
    const clang::VarDecl* sum = nullptr;
    CountedLoop loop;
    int columnDimension = 0;  ///< of the grid, 0 or 1; rows have the other
    ContractionFactor left;  ///< depends on the row and p
    ContractionFactor right;  ///< depends on the column and p
    TextRange preamble;  ///< statements that advance pointers to the block's layer; empty: there are none
    TextRange update;  ///< the statement in the loop
    TextRange epilogue;  ///< what follows the loop
    std::vector<const clang::Stmt*> rest;  ///< its statements
    std::string row, column, rows, columns, depth;
    std::string indexType, sumType, loopType;

    [[nodiscard]] const ThreadIndex& columnIndex() const { return *guarded.indexOf(columnDimension); }
    [[nodiscard]] const ThreadIndex& rowIndex() const { return *guarded.indexOf(1 - columnDimension); }
    [[nodiscard]] const clang::Expr* columnBound() const { return guarded.bounds.at(columnIndex().var); }
    [[nodiscard]] const clang::Expr* rowBound() const { return guarded.bounds.at(rowIndex().var); }
};

std::optional<Contraction> contraction(const KernelScope& kernel);

/// \p expression as the operand of another: in parentheses where it is more than a name or a number.
std::string termText(const std::string& expression);
/// A condition in the kernel's words for loads of \p width neighbours to be whole and aligned, where the factor lies
/// along \p bound's index; nothing where there is none.
std::optional<std::string> wideCondition(const ContractionFactor& factor, const std::string& bound, int width);

}  // namespace warploom
