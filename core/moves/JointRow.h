// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// How a kernel of whose threads many work on one row together is written for one thread a row.
struct JointRow {
    std::vector<Replacement> changes;  ///< of the kernel's body; ranges that end a line take it along
    std::vector<TextRange> removed;  ///< statements, with their lines
    std::int64_t rows = 1;  ///< of a block: as many threads it has left, in one dimension
};

/// Nothing unless all is certain for blocks of \p shape: every loop that threads share out gives each iteration to one
/// of a row's threads, every sum or extremum counts what all of them have, once each, what is done with it is the same
/// whichever of them does it, and no thread reads a shared element while another may write it.
std::optional<JointRow> jointRow(const KernelScope& kernel, const std::vector<std::int64_t>& shape);

}  // namespace warploom
