// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ShapeGuess.h"

namespace warploom {

/// What a kernel does with one of its buffers.
struct RoleGuess {
    std::string role = "in";  ///< "in", "out", "inout"
    bool startsFromZero = false;
    std::string why;
};

/// Of the buffer \p parameter; \p shape is its own.
RoleGuess guessRole(const KernelView& view, const KernelParameterView& parameter, const ShapeGuess& shape);

/// The parameter whose elements the values of \p parameter name; null when there is none.
const KernelParameterView* indexedBy(const KernelView& view, const KernelParameterView& parameter);

/// What to fill the buffer \p parameter with. \p names are those of all sizes, in order.
std::string guessFill(const KernelView& view, const ShapeGuesses& shapes, const KernelParameterView& parameter,
                      const std::vector<std::string>& names);

}  // namespace warploom
