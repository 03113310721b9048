// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/LaunchGuess.h"

namespace warploom {

/// How large one array is, and how that was found.
struct ShapeGuess {
    std::vector<IndexForm> shape;  ///< outermost first, in scalars; empty: unknown
    bool isWritten = false;  ///< by plain writes or atomics
    bool isReachedWhole = true;  ///< no guard or extent leaves part of it out
    bool isDense = false;  ///< neighbours are touched too, not every other element
    bool followsThreads = false;  ///< which element is touched depends on the thread or the block
    bool isIndexed = false;  ///< by values of another buffer
    const clang::VarDecl* offsetsFrom = nullptr;  ///< the buffer whose values say where its rows start
    std::string why;
    std::string doubt;  ///< what was not understood; may be empty

    [[nodiscard]] IndexForm elements() const;
};

struct ShapeGuesses {
    std::map<const clang::VarDecl*, ShapeGuess> arrays;  ///< the kernel's buffers and its __shared__ arrays
    std::map<std::string, std::string> aliases;  ///< sizes that only say how far rows are apart, and the row's length
    std::set<std::pair<std::string, std::int64_t>> multiples;  ///< sizes, and what they have to be multiples of
    std::vector<InventedSize> invented;
};

ShapeGuesses guessShapes(const KernelView& view, const LaunchGuess& launch);

}  // namespace warploom
