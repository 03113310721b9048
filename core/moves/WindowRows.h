// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// A loop over numbers that are known, one by one.
struct KnownLoop {
    const clang::VarDecl* var = nullptr;
    std::int64_t first = 0;
    std::int64_t rounds = 0;
};

std::optional<KnownLoop> knownLoop(const KernelScope& kernel, const clang::ForStmt& loop);

/// The rows of a window that loops within each other go through, the innermost along each.
struct WindowRows {
    std::int64_t count = 1;
    std::string number;  ///< of one, from 0 on, in the words of the loops around
};

/// Nothing where they are not known, are one, or more than a thread keeps at once.
std::optional<WindowRows> windowRows(const KernelScope& kernel, const std::vector<const clang::ForStmt*>& loops);

}  // namespace warploom
