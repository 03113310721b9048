// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"
#include "moves/ValueReader.h"

namespace warploom {

/// One of the three matrices: a load whose index is begin + line * pitch + place * step.
struct AttentionMatrix {
    ValueTree value;  ///< with what converts it
    const Value* load = nullptr;
    std::string element;
    int bytes = 0;
    IndexForm step;  ///< from one element of a line to the next
    bool isAligned = false;  ///< lines are whole 16-byte vectors wherever they begin
};

/// One thread computes one row: softmax over keys of the query's products with them, times the keys' values.
///     y[row, d] = epilogue(sum over j of exp(scale * dot(q[row], k[j])) * v[j, d] / sum over j of exp(…))
/// The maximum that is taken off within exp() cancels out: whatever it is, it is not part of this.
struct Attention {
    GuardedKernel guarded;
    AttentionMatrix query, key, value;
    std::int64_t depth = 0;  ///< elements of a query and of a key
    std::int64_t width = 0;  ///< elements of a value and of a result
    std::vector<ValueTree> scales, divisors;  ///< what a product is multiplied with and divided by before exp()
    std::string exponential;  ///< the user's function
    bool isBaseTwo = false;
    std::vector<IndexForm> limits;  ///< keys that a row sees: up to the smallest of these
    std::string type;  ///< that sums are taken in
    ValueStore store;
    ValueTree result;  ///< the part of what is stored that this is about
    std::string rowSymbol, depthSymbol, keySymbol;
    std::string depthName;
    IndexForm rows;
    ValueLoop keys;
    ValuePrinter printer;
};

std::optional<Attention> attention(const KernelScope& kernel);

}  // namespace warploom
