// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"
#include "moves/ValueReader.h"

namespace warploom {

/// One thread computes one product of two vectors of a sample, of every pair the sample has:
///     out[sample * pairs + p] = epilogue(sum over d of x[sample, i, d] * x[sample, j, d])
/// p counts pairs i < j (or i <= j), row by row of the triangle.
struct PairProducts {
    GuardedKernel guarded;
    const clang::VarDecl* base = nullptr;  ///< x
    const clang::ParmVarDecl* pairs = nullptr;  ///< of a sample, as the kernel is told
    IndexForm results;  ///< the guard's bound
    IndexForm length;  ///< of the triangle's first row
    int apart = 1;  ///< 1: i < j, 0: i <= j
    IndexForm depth;  ///< d stays below
    IndexForm pitch;  ///< from one vector to the next
    IndexForm stride;  ///< from one sample to the next
    bool isDense = false;  ///< neighbours in d are neighbours
    ValueTree load;  ///< of the vector number rowSymbol, with what converts it
    std::string element, type;  ///< of x, and what is summed
    int elementBytes = 0, typeBytes = 0;
    ValueStore store;
    ValueTree sum;  ///< the part of what is stored that this is about
    std::string indexSymbol, sampleSymbol, rowSymbol, depthSymbol, depthName;
    ValuePrinter printer;
};

std::optional<PairProducts> pairProducts(const KernelScope& kernel);

}  // namespace warploom
