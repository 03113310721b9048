// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/CodeTemplate.h"
#include "moves/ItemText.h"

namespace warploom {

/// A kernel's statements around the one loop that all threads go through together.
struct ItemParts {
    StatementRun before;
    const clang::Stmt* loop = nullptr;
    StatementRun after;
};

/// Parts around the only statement of \p found that \p isLoop says yes to; nothing where there is none or there are
/// several, or where anything is stored before its end.
std::optional<ItemParts> itemParts(const KernelScope& kernel, const BroadcastKernel& found,
                                   const std::function<bool(const clang::Stmt*)>& isLoop);
/// Names and texts for templates: "BLOCK", "ITEMS", "TILE", "UNROLL", "number", "first", "firstItem", "item", "items",
/// "itemType". Gives the launches a block of BLOCK threads for ITEMS items each.
CodeValues itemValues(const MoveContext& context, const KernelScope& kernel, const BroadcastKernel& found,
                      SourceEdit& edit);
/// The same for the loop: "counter", "counterType", "start", "bound", "boundTerm", "base", "count", "at".
void addLoopNames(const MoveContext& context, const KernelScope& kernel, const CountedLoop& counted,
                  CodeValues& values);
/// \p counts with 1 in front where threads would be too few with more items each.
std::vector<std::int64_t> itemCounts(const MoveContext& context, const KernelScope& kernel,
                                     const BroadcastKernel& found, std::vector<std::int64_t> counts);
/// Declares the thread's item of number "number"; threads that have none repeat the last one.
const char* itemPlace();
/// What one iteration of \p counted does, with \p changes.
std::optional<std::string> roundText(const KernelScope& kernel, const ItemText& text, const CountedLoop& counted,
                                     std::vector<Replacement> changes);
/// A loop over the items with \p run; empty for an empty one.
std::optional<std::string> itemRun(const ItemText& text, const StatementRun& run, const BroadcastKernel& found,
                                   const CodeValues& values);
/// The same for those items alone that there are.
std::optional<std::string> lastRun(const ItemText& text, const StatementRun& run, const BroadcastKernel& found,
                                   const CodeValues& values);
/// \p text with the marks of \p values, until none is left.
std::string completed(std::string text, const CodeValues& values);

}  // namespace warploom
