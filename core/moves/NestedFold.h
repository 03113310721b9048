// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/FoldRound.h"
#include "moves/TileLoopCode.h"

namespace warploom {

/// What the inner loop loads: of the thread's item, or of the outer loop's element.
struct NestedLoad {
    const clang::VarDecl* base = nullptr;
    IndexForm index;
    bool isOwn = false;  ///< of the item
    bool isWidened = false;  ///< a short integer that is used as an int alone
    std::vector<const clang::Expr*> loads;
};

/// A thread holds its item against one element after the other, step by step:
///     for c { sums = start; for i { sums = round(sums, own(item, i), other(c, i)); } finish(sums, c) }
struct NestedFold {
    ItemParts parts;
    CountedLoop outer;
    CountedLoop inner;
    StatementRun before;  ///< declarations in front of the inner loop, those of sums aside
    StatementRun after;  ///< what follows it
    std::vector<const clang::VarDecl*> sums;
    std::vector<NestedLoad> loads;  ///< that need both loops' numbers, or one's and the item
};

/// Nothing where an element's outcome depends on that of another before the inner loop is through, or where the kernel
/// has another form.
std::optional<NestedFold> nestedFold(const KernelScope& kernel, const BroadcastReader& reader,
                                     const BroadcastKernel& found);

/// The kernel's body with tiles of both; adds tunables and launches to \p edit. Nothing where a macro hides a part.
std::optional<std::string> writeNestedFold(const MoveContext& context, const KernelScope& kernel,
                                           const BroadcastKernel& found, const NestedFold& fold, SourceEdit& edit);

}  // namespace warploom
