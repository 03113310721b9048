// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// A variable that holds (blockIdx.d * blockDim.d + threadIdx.d) * scale.
struct ThreadIndex {
    const clang::VarDecl* var = nullptr;
    int dimension = 0;
    TextRange initialiser;
    std::int64_t scale = 1;
};

/// What a guard asks of two indices: that one is less than the other, or no more.
struct IndexRelation {
    const clang::VarDecl* lesser = nullptr;
    const clang::VarDecl* greater = nullptr;
    bool isStrict = false;
};

/// The shape nearly every simple kernel has: thread indices, a guard that keeps surplus threads out, and a body.
///     int i = …; if (i < n) { body }       or       int i = …; if (i >= n) return; body
struct GuardedKernel {
    std::vector<ThreadIndex> indices;
    const clang::IfStmt* guard = nullptr;
    bool returnsEarly = false;
    std::map<const clang::VarDecl*, const clang::Expr*> bounds;  ///< each index with what it must stay below
    std::vector<IndexRelation> relations;  ///< that must hold as well
    std::vector<const clang::Stmt*> preamble;  ///< other declarations before the guard
    std::vector<const clang::Stmt*> body;
    TextRange bodyRange;  ///< from the first statement to the end of the last

    [[nodiscard]] const ThreadIndex* indexOf(int dimension) const;
};

/// Nothing when the kernel has another shape, or macros hide part of it. A body that changes a parameter must not be
/// run twice: kernels that move a pointer are for callers that know, with \p allowsAdvances, others for none. Indices
/// that count elements of several a thread are for callers with \p allowsScales, guards that compare indices with each
/// other for those with \p allowsRelations.
std::optional<GuardedKernel> guardedKernel(const KernelScope& kernel, bool allowsAdvances = false,
                                           bool allowsScales = false, bool allowsRelations = false);

/// Whether \p expression is blockIdx.d * blockDim.d + threadIdx.d; the block size may be written as the constant that
/// every launch has.
bool isThreadIndex(const KernelScope& kernel, const clang::Expr* expression, int dimension);
/// The constant that such an index is multiplied by, 1 for a plain one; nothing for anything else.
std::optional<std::int64_t> threadIndexScale(const KernelScope& kernel, const clang::Expr* expression, int dimension);
/// Whether anything but the index variables uses threadIdx, blockIdx, blockDim or gridDim; with \p allowsLayers
/// blockIdx.z and gridDim.z do not count where no index is of that dimension.
bool usesBuiltinsElsewhere(const KernelScope& kernel, const GuardedKernel& guarded, bool allowsLayers = false);
/// Whether anything but the index variables uses them, blockIdx and gridDim of other dimensions than the indices'
/// aside.
bool usesOwnBuiltinsElsewhere(const KernelScope& kernel, const GuardedKernel& guarded);
/// Where text can be put that has to stand before the kernel's definition.
std::optional<std::size_t> offsetBeforeKernel(const KernelScope& kernel);
/// Block size for code that needs whole warps: the launches' own when it is a tunable that has only such values, else a
/// new tunable, of \p least by default where that is more than the block has. The launches' blocks are replaced by it;
/// returns its name.
std::string wholeWarpBlock(const KernelScope& kernel, SourceEdit& edit, std::int64_t least = 0);
/// Whether every launch of the kernel has one-dimensional grid and block, and there is one.
bool hasLinearLaunches(const KernelScope& kernel);

}  // namespace warploom
