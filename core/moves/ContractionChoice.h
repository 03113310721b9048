// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Contraction.h"
#include "moves/Move.h"

namespace warploom {

// A contraction whose loop runs for some of its elements only: if (m <= l) for (…). Others keep what the sums begin
// with.

/// The loop that \p statement runs on a condition alone; null where it is no such choice.
const clang::ForStmt* chosenLoop(const clang::Stmt* statement);
/// Whether \p condition is one of \p indices, of blockIdx.z and of parameters alone, so that it can be asked anywhere.
bool asksIndicesAlone(const KernelScope& kernel, const clang::Expr& condition, const GuardedKernel& indices);
/// Whether the factors of \p found may be loaded for elements that are not asked for: all places lie in their buffers,
/// at all sizes. True where every element is asked for.
bool loadsAnywhere(const MoveContext& context, const KernelScope& kernel, const Contraction& found);
/// Gives elements that are not asked for what the sums begin with; empty where all are.
std::string unaskedSums(const KernelScope& kernel, const Contraction& found);

/// How deep a tile's loop goes: not at all where no element of the tile is asked for.
struct ChosenDepth {
    std::string lines;  ///< before the loop; empty where every loop takes the whole depth
    std::string end;  ///< what the loop's counter stays below
};
/// \p row and \p column are where the tile begins, \p down and \p across how many it has.
ChosenDepth chosenDepth(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                        const std::string& row, const std::string& column, const std::string& down,
                        const std::string& across);

}  // namespace warploom
