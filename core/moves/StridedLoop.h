// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Move.h"
#include "moves/VectorPlan.h"

namespace warploom {

/// A loop in which threads take turns: for (c = own number; c < bound; c += number of threads).
struct StridedLoop {
    CountedLoop counted;
    VectorPlan plan;
    TextRange whole;
    TextRange start;
    TextRange step;
    std::string bound;
};

/// How many threads share a loop with this step; nothing when launches leave it open.
std::optional<std::int64_t> sharersOf(const KernelScope& kernel, const CountedLoop& loop);

/// Nothing when threads do not share the loop evenly, its body can not be vectorised, or it is what a vectorised loop
/// falls back to. \p of and \p arrays, whole ones: see VectorPlan::make().
std::optional<StridedLoop> stridedLoop(const KernelScope& kernel, const clang::Stmt* statement,
                                       RowStart rows = RowStart::Aligned, VectorsOf of = VectorsOf::Elements,
                                       const std::set<const clang::VarDecl*>& arrays = {});

/// Whether rows of \p loop are not aligned at a size that is timed: their vectors need rows that end on boundaries.
bool hasOddRows(const MoveContext& context, const KernelScope& kernel, const StridedLoop& loop);

}  // namespace warploom
