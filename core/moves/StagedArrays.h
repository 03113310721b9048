// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "moves/KernelScope.h"

namespace warploom {

/// A __shared__ array into whose element [threadIdx.y][threadIdx.x] (or turned) each thread puts a value that all of
/// the block read after a barrier.
struct StagedArray {
    const clang::VarDecl* array = nullptr;
    std::vector<int> axes;  ///< of threadIdx, for each of the array's dimensions
    const clang::Stmt* store = nullptr;  ///< a statement of the block of code that has the barriers too
    const clang::Expr* condition = nullptr;  ///< where the store chooses between two values
    const clang::Expr* value = nullptr;
    const clang::Expr* otherwise = nullptr;
    std::vector<const clang::ArraySubscriptExpr*> reads;  ///< whole: down to the element
};

/// What a kernel stages in shared memory and why that could as well be read where it comes from.
struct StagedArrays {
    std::vector<StagedArray> arrays;
    std::vector<const clang::Stmt*> barriers;
    std::array<std::int64_t, 3> block{1, 1, 1};
};

/// Nothing unless each shared array of the kernel is such a one and each barrier serves it: stored by all threads, a
/// barrier, read, and in loops a barrier before it is stored anew; what the values come from is not written, and the
/// kernel reads nothing else that it writes. The values are of the arrays' types.
std::optional<StagedArrays> stagedArrays(const KernelScope& kernel);

}  // namespace warploom
