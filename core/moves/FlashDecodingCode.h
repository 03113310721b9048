// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/CodeTemplate.h"
#include "moves/Move.h"
#include "moves/QueryAttention.h"

namespace warploom {

/// A function that loads neighbours.
extern const char* const kLoadNeighbours;
/// Body of the kernel that works through a split of the keys.
extern const char* const kSplitKeysBody;
/// Body of the kernel that puts splits together.
extern const char* const kJoinSplitsBody;

/// What stands for the marks of these: the user's own parts of \p found, and fresh names. Empty where something cannot
/// be written.
CodeValues flashDecodingValues(const MoveContext& context, const KernelScope& kernel, const QueryAttention& found);

}  // namespace warploom
