// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// An element of its own row that a thread touches.
struct RowAccess {
    TextRange range;  ///< what names the element; where isAddress, its address
    std::string column;  ///< the element's place in the row, as an expression that can be used there
    std::string row;  ///< the thread's row, likewise
    bool isAddress = false;
    bool isWide = false;  ///< the place is worked out in 64 bits
};

/// An array of which each thread of a kernel touches but one row, whose elements lie next to each other, and
/// neighbouring threads neighbouring rows.
struct ScratchRows {
    const clang::ParmVarDecl* array = nullptr;
    IndexForm pitch;  ///< elements of a row
    std::vector<RowAccess> accesses;
    std::vector<const clang::DeclStmt*> pointers;  ///< that are only there to find the elements
};

/// Nothing unless all that the kernel does with \p array is that, and every place is known to lie within its row.
/// Symbols of \p counts are never negative.
std::optional<ScratchRows> scratchRows(const KernelScope& kernel, const clang::ParmVarDecl* array,
                                       const std::set<std::string>& counts);

}  // namespace warploom
