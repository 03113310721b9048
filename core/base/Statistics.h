// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace warploom {

/// Middle value (mean of the two middle ones for an even count); NaN for an empty list.
double median(std::span<const double> values);
/// Linear-interpolated quantile, \p q in [0, 1]; NaN for an empty list.
double quantile(std::span<const double> values, double q);
/// Median absolute deviation times 1.4826: the standard deviation of a normal sample, robust to outliers.
double robustDeviation(std::span<const double> values);
/// exp of the mean log; NaN for an empty list.
double geometricMean(std::span<const double> values);

/// An estimate with its confidence interval; units are the caller's.
struct Interval {
    double estimate = 0;
    double low = 0;
    double high = 0;
};

/// Median with a percentile-bootstrap interval at \p confidence (0.95, say). Deterministic for a given \p seed.
Interval bootstrapMedian(std::span<const double> values, double confidence, std::uint64_t seed, int resamples = 2000);

}  // namespace warploom
