// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ValueTree.h"

namespace warploom {

/// Factors and divisors of a product, however it is nested; ones are left out.
struct ValueProduct {
    std::vector<ValueTree> factors, divisors;

    void add(const ValueTree& tree, bool isDivisor = false);
};

/// Whether \p tree is a sum over a loop from 0 on that begins with 0.
bool isPlainSum(const ValueTree& tree);

}  // namespace warploom
