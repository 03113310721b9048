// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"
#include "moves/Reduction.h"

namespace warploom {

/// A variable that a loop sums up, or keeps the extremum in, with what its type is called.
struct StripFold {
    Reduction reduction;
    std::string type;
    std::string scratchType;  ///< the same, as directives have it
};

/// A long loop that does nothing but fold; it may hold others.
struct StripLoop {
    CountedLoop counted;
    std::vector<StripFold> folds;
};

/// One thread folds long loops, one after the other, and does something with what they come to.
struct StripFolds {
    GuardedKernel guarded;
    std::vector<StripLoop> loops;  ///< from what the ones before it came to, a later one may go on
    TextRange definition;  ///< the whole kernel
    TextRange epilogue;  ///< what follows the last loop
};

/// Nothing unless each loop may be taken in strips by other threads, and everything but the epilogue may be done
/// several times.
std::optional<StripFolds> stripFolds(const KernelScope& kernel);

}  // namespace warploom
