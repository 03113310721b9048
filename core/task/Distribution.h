// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "task/Task.h"

namespace warploom {

/// How the inputs of a hidden case are distributed. All stay within the task's [domain]; an input for which one is not
/// legal keeps its declared fill.
enum class Distribution {
    Declared,  ///< the task's own fills
    Large,  ///< the declared fill, stretched over the whole range
    Tiny,  ///< the declared fill × 1e-4
    High,  ///< all values in the top fifth of the range: sums without cancellation, exp() that overflows
    Low,  ///< all in the bottom fifth
    Uneven,  ///< each row (innermost extent) scaled by another power of two
    Ascending,
    Descending,
    Skewed,  ///< integers: most of them small
    TwoValued,  ///< needs "ties"
    Equal,  ///< needs "ties"
    Zeros,  ///< needs "ties"
    OneHot,  ///< zeros, one large value a row; needs "ties"
    Denormal,  ///< every second value is; needs "denormal"
    Special,  ///< one value in 61 is infinite or not a number, as far as legal; needs "inf" or "nan"
};

std::string_view distributionName(Distribution distribution);
std::optional<Distribution> distributionFromName(std::string_view name);

/// Parameters of the change that turns the declared fill of one buffer into a distribution; the judge's kernel
/// judge_distort applies it element by element.
struct Distortion {
    enum class Kind {
        Affine = 0,  ///< clamp(first × old + second)
        RowScale = 1,  ///< old × 2^-(0…11), by row
        Ramp = 2,  ///< from first to second along a row
        Choice = 3,  ///< first or second
        Constant = 4,  ///< one value between first and second
        OneHot = 5,  ///< first, and second once a row
        Denormal = 6,
        Special = 7,  ///< first ≠ 0: infinities, second ≠ 0: NaN
        Power = 8,  ///< first + (second - first) × u⁴
    };

    Kind kind = Kind::Affine;
    double first = 0;
    double second = 0;
    double low = 0;  ///< legal range, for clamping
    double high = 0;
    std::uint64_t row = 1;  ///< elements a row
};

/// The change for one buffer, or nothing where the distribution is not legal for it or changes nothing. Error: a bound
/// of the fill cannot be evaluated.
Result<std::optional<Distortion>> distortionOf(const Task& task, const TaskBuffer& buffer, const ExpressionScope& sizes,
                                               Distribution distribution);

/// Every distribution that changes at least one input at \p sizes, the declared one left out.
Result<std::vector<Distribution>> legalDistributions(const Task& task, const ExpressionScope& sizes);

}  // namespace warploom
