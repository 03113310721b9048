// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>

#include "base/Statistics.h"

namespace warploom {

// Intervals of the median that hold for every distribution with a continuous density: how many of n values lie below
// the median is a matter of coins alone. A bootstrap of 8 values does not know how little 8 values say.

/// Both of the sorted values that hold the median between them with an error of at most \p error; nothing when so few
/// values never do.
std::optional<Interval> certainMedian(std::span<const double> values, double error);

/// Interval at \p confidence, interpolated between two such pairs (Hettmansperger and Sheather 1986); for fewer than 6
/// values, where no pair is sure enough, Student's t. NaN for an empty list, infinitely wide for one value.
Interval medianInterval(std::span<const double> values, double confidence);

}  // namespace warploom
