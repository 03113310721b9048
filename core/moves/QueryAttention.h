// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/BlockReader.h"

namespace warploom {

/// Elements side by side that a product or a sum goes along: one load among what is done with it.
struct QueryLine {
    ValueTree value;
    const Value* load = nullptr;
    std::string element;
    int bytes = 0;
    IndexForm pitch;  ///< from a key's element to that of the next key
};

/// A block computes attention of one query:
///     m = max(start, max over keys of score(t))
///     out[d] = result(sum over t of weight(score(t), m) * value(t, d), sum over t of weight(score(t), m), m)
/// where a score is anything made of the sum over p of query(p) * key(t, p), and a weight an exponential of what a
/// score is more than m.
struct QueryAttention {
    ValueStore store;
    ValueTree mean;  ///< within what is stored: the sum of values
    ValueTree total;  ///< the sum of weights; null where nothing asks for it
    ValueTree largest;
    ValueTree score, weight;
    ValueTree scoreInWeight;  ///< the score within weight
    ValueTree exponential;  ///< within weight
    ValueTree product;  ///< within score
    ValueTree query;
    QueryLine key, value;
    std::vector<ValueTree> factors, divisors;  ///< of every weight, the same for all keys
    std::string keySymbol, depthSymbol, outSymbol;
    ValueLoop keys;
    IndexForm depth, width;
    bool isStartFinite = false;  ///< of the maximum
    int axis = 0;  ///< of the grid: along it rows may share keys
    bool isSharing = false;  ///< whether rows can share keys at all
    IndexForm group;  ///< how many rows of the axis share keys; zero where that is not known
    std::vector<IndexForm> guards;  ///< not negative for rows that there are
    std::map<std::string, BlockReader::Named> named;
    ValuePrinter printer;
};

std::optional<QueryAttention> queryAttention(const KernelScope& kernel);

}  // namespace warploom
