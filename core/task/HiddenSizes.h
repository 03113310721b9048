// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "task/Task.h"

namespace warploom {

/// How large a hidden case may be.
struct CaseBudget {
    std::uint64_t bytes = 64ull << 20;  ///< of all buffers
    double flops = 4e9;  ///< by the task's [work]
    double loops = 2e9;  ///< product of all extents: what a plain reference loops over at most
    std::int64_t outerExtent = std::int64_t{1} << 40;  ///< of extents that are innermost in no buffer: often the grid
};

/// Sizes within the task's [domain] that no candidate has seen: odd ones, ones with an extent at its least, next to
/// powers of two, multiples of 32, long and thin. Sizes without a domain keep a declared value. The declared sizes are
/// left out; fewer than \p count where the domain has no more. Depends on \p seed only.
std::vector<TaskSize> drawHiddenSizes(const Task& task, std::uint64_t seed, std::size_t count,
                                      const CaseBudget& budget);

}  // namespace warploom
