// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Move.h"

namespace warploom {

/// A loop that goes along an ascending array until an element exceeds a value, or counts those that do not:
///     while (place < count && array[place] <= value) ++place;
///     for (int k = 0; k < count; ++k) if (array[k] <= value) ++place;
struct LinearSearch {
    const clang::Stmt* loop = nullptr;
    const clang::VarDecl* place = nullptr;
    const clang::VarDecl* at = nullptr;  ///< what the array is indexed by: place, or the loop's own
    const clang::VarDecl* array = nullptr;  ///< a parameter
    clang::QualType elementType;
    const clang::Expr* count = nullptr;
    const clang::Expr* comparison = nullptr;  ///< that holds as long as the search goes on
    const clang::Expr* element = nullptr;  ///< within the comparison
    const clang::Expr* value = nullptr;  ///< what elements are compared with, within the comparison
    bool counts = false;  ///< adds to place, which need not be where it begins
    bool startsAtZero = false;  ///< place is 0 before the loop
    bool setsToZero = false;  ///< by the loop itself
};

/// The searches of a kernel through buffers that the task says ascend and that are as long as the search may go.
std::vector<LinearSearch> linearSearches(const MoveContext& context, const KernelScope& kernel);

}  // namespace warploom
