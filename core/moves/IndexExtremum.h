// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Reduction.h"

namespace warploom {

/// A loop that looks for where the largest (or smallest) of its elements stands first:
///     if (x[c] > x[best]) best = c;     or     if (x[c] > value) { value = x[c]; best = c; }
struct IndexExtremum {
    const clang::VarDecl* index = nullptr;
    const clang::VarDecl* value = nullptr;  ///< null: it is looked up by the index
    clang::QualType valueType;
    bool isMaximum = true;
    std::string kept;  ///< what the element is compared with, in the kernel's words
};

/// Nothing where the loop's body does anything else, or keeps the last of equal elements.
std::optional<IndexExtremum> indexExtremumOf(const KernelScope& kernel, const CountedLoop& loop);

/// All that a loop looks for at a time, each beside its value; the element may be kept in a variable first:
///     float v = x[c]; if (v < low) { low = v; low_at = c; } if (v > high) { high = v; high_at = c; }
/// Nothing where the loop's body does anything else.
std::vector<IndexExtremum> indexExtremaOf(const KernelScope& kernel, const CountedLoop& loop);

/// Whether a loop from 1 that looks the best up, and so begins with element 0, may as well start there: that does not
/// displace itself, and rows that are walked from their start can be loaded as vectors.
bool mayStartAtZero(const KernelScope& kernel, const IndexExtremum& extremum, const CountedLoop& loop);

/// A device function that combines what the threads of a warp, block or group of lanes have found: it takes value and
/// index by reference, and every thread gets the best of all, of equals the first. Blocks must be multiples of 32
/// threads.
struct ExtremumFunction {
    std::string name;
    std::string text;  ///< to put before the kernel
};

/// Nothing for types that shuffles do not take. \p lanes: the tunable that says how many are a group at
/// ReductionLevel::Lanes.
std::optional<ExtremumFunction> extremumFunction(const ParsedSource& source, const IndexExtremum& extremum,
                                                 ReductionLevel level, const std::string& lanes);

}  // namespace warploom
