// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// An array that a kernel does nothing with but add to its elements, by atomicAdd whose old value nobody wants.
struct AddedArray {
    const clang::ParmVarDecl* base = nullptr;
    clang::QualType element;  ///< what is added to; the array may have structures of several
    std::vector<const clang::CallExpr*> additions;  ///< in source order
};

/// The arrays that a kernel adds to, where that is all it leaves behind: whatever else it does can be done twice. How
/// their elements are found does not matter, through pointers that move and members of structures too. Nothing where
/// anything else is written, or may be; empty never.
std::optional<std::vector<AddedArray>> addedArrays(const KernelScope& kernel);

}  // namespace warploom
