// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "CorpusKernel.h"

namespace warploom::test {

/// How the words that two devices wrote differ.
struct WordComparison {
    std::uint64_t values = 0;  ///< that were compared: words, halves or doubles
    std::uint64_t different = 0;  ///< bits differ; NaNs are all alike
    std::uint64_t beyond = 0;  ///< differ by more than the kernel allows
    double worst = 0;  ///< largest |a − b| / max(|a|, |b|)
    std::string first;  ///< the first that is beyond, in words
};

/// Both must have as many words as the kernel writes.
WordComparison compareWords(const CorpusKernel& kernel, const std::vector<std::uint32_t>& ours,
                            const std::vector<std::uint32_t>& theirs);
/// The words with every NaN, of the kind that the kernel writes, turned into one and the same: for hashing.
std::vector<std::uint32_t> withOneNan(const CorpusKernel& kernel, std::vector<std::uint32_t> words);

}  // namespace warploom::test
