// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GridFacts.h"

namespace warploom {

/// What a sum takes for neighbours that are beyond the end of an axis.
enum class EdgeKind {
    None,  ///< there are no neighbours along it
    Repeat,  ///< the last that there is
    Zero,  ///< nothing
};

/// A kernel of one thread an element of a grid that adds up the neighbours of its element in an array of small
/// integers, each times a number that is known. Columns may be of several elements, as the channels of a pixel are.
struct NeighbourSum {
    GridKernel grid;
    const clang::ForStmt* nest = nullptr;  ///< the loops over the neighbours; they do nothing else
    const clang::VarDecl* sum = nullptr;  ///< what the loops add to
    const clang::Expr* value = nullptr;  ///< the sum where it is written out, without loops
    const clang::VarDecl* base = nullptr;  ///< the array
    const clang::ParmVarDecl* step = nullptr;  ///< elements of a column; null: one
    std::vector<std::int64_t> steps;  ///< their numbers where the task is timed
    std::array<std::int64_t, 2> low{};  ///< the farthest neighbours, in columns and in rows; 0 is one of them
    std::array<std::int64_t, 2> high{};
    std::array<EdgeKind, 2> edges{};  ///< of columns and of rows
    std::vector<std::vector<std::int64_t>> weights;  ///< by row and column, from the lowest
    const clang::Expr* store = nullptr;  ///< where the element's own result goes, once
    const clang::VarDecl* output = nullptr;

    /// Of one element of the array.
    [[nodiscard]] std::int64_t bytes() const;
    /// Columns of the farthest neighbour.
    [[nodiscard]] std::int64_t reach() const { return std::max(-low[0], high[0]); }
    /// The largest number that the sum can have, and how far below zero it can be.
    [[nodiscard]] std::pair<std::int64_t, std::int64_t> range() const;
};

/// Nothing where it is not sure that the sums are exact in any order, or that all that is read exists.
std::optional<NeighbourSum> neighbourSumOf(const MoveContext& context, const KernelScope& kernel);

}  // namespace warploom
