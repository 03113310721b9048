// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Reduction.h"

namespace warploom {

/// A block that combines a value of each of its threads in shared memory, halving how many take part each time:
///     part[t] = value; __syncthreads(); for (int s = blockDim.x / 2; s > 0; s /= 2) { if (t < s) part[t] += part[t +
///     s];
///     __syncthreads(); }      or the same with s doubling
struct SharedTree {
    const clang::VarDecl* array = nullptr;
    Reduction reduction;  ///< its var is null
    const clang::Expr* value = nullptr;
    const clang::Stmt* store = nullptr;
    const clang::Stmt* barrier = nullptr;
    const clang::ForStmt* loop = nullptr;
    std::vector<const clang::Expr*> results;  ///< every reading of the array's first element that follows
};

/// The trees of the kernel's body, in order. Nothing of an array that is used in another way too, of launches whose
/// blocks are not powers of two of at least 32 threads, and of other arrays than of one element a thread.
std::vector<SharedTree> sharedTrees(const KernelScope& kernel);

}  // namespace warploom
