// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/Result.h"
#include "task/Expression.h"

namespace warploom {

/// How an input is generated. Values depend only on the random seed and the element's index.
struct Fill {
    enum class Kind {
        Uniform,  ///< uniform(a, b), reals
        Normal,  ///< normal(mean, sd)
        Integers,  ///< integers(lo, hi), hi excluded; bounds are expressions over the sizes
        Permutation,  ///< permutation(): 0 … n-1 in random order
        Offsets,  ///< offsets(total): ascending, first 0, last total: the row starts of a ragged array
        Constant,  ///< constant(c)
    };

    Kind kind = Kind::Uniform;
    double first = 0;  ///< a, mean, c
    double second = 1;  ///< b, sd
    Expression low;  ///< lo, total
    Expression high;  ///< hi

    /// Parses "normal(0, 1)"; \p place is where the text begins.
    static Result<Fill> parse(std::string_view text, const SourcePlace& place);
    [[nodiscard]] std::string toString() const;
};

}  // namespace warploom
