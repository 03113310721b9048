// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// A dimension of the grid along which each thread does several places one after the other: loops of that many rounds,
/// with what belongs to a place in arrays of that length.
struct CoarsenedAxis {
    int dimension = 0;
    std::int64_t count = 0;  ///< places a thread
    bool inThreads = false;  ///< whether it is threads that stand by the axis, not whole blocks
    std::vector<CountedLoop> loops;  ///< one round a place
    std::set<const clang::VarDecl*> arrays;  ///< an element a place, in their first dimension
    std::vector<const clang::BinaryOperator*> products;  ///< where a thread stands: position * count
    std::vector<const clang::BinaryOperator*> guards;  ///< place < bound; every store asks that, where there are any
    std::vector<const clang::BinaryOperator*> exits;  ///< the same of a thread's first place
    const clang::Expr* bound = nullptr;  ///< null where no store is guarded
    bool isStrided = false;  ///< whether places of a thread are a block's threads apart
    IndexForm first;  ///< a thread's first place

    [[nodiscard]] bool hasOwnBlocks() const { return !inThreads && !isStrided; }  ///< a block has one thread along it
};

/// Nothing where it is not certain that places know nothing of each other, and that nothing else depends on where the
/// thread stands along that dimension.
std::optional<CoarsenedAxis> coarsenedAxis(const KernelScope& kernel);

}  // namespace warploom
