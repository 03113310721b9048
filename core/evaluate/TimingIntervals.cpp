// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/TimingIntervals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <vector>

namespace warploom {

namespace {

constexpr std::size_t kFewestForRanks = 6;
/// Distribution of Student's t with 1 to 4 degrees of freedom, for t of 0 and more.
double studentBelow(std::size_t degrees, double t)
{
    const double r = t * t;
    switch (degrees) {
    case 1:
        return 0.5 + std::atan(t) / std::numbers::pi;
    case 2:
        return 0.5 + t / (2 * std::sqrt(2 + r));
    case 3:
        return 0.5 + (t / std::sqrt(3.0) / (1 + r / 3) + std::atan(t / std::sqrt(3.0))) / std::numbers::pi;
    default:
        return 0.5 + 0.375 * t / std::sqrt(1 + r / 4) * (1 - r / (12 + 3 * r));
    }
}

double studentQuantile(std::size_t degrees, double confidence)
{
    double low = 0;
    double high = 1e4;
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (studentBelow(degrees, middle) < (1 + confidence) / 2 ? low : high) = middle;
    }
    return high;
}

std::vector<double> sorted(std::span<const double> values)
{
    std::vector<double> copy(values.begin(), values.end());
    std::sort(copy.begin(), copy.end());
    return copy;
}

double middleOf(const std::vector<double>& ascending)
{
    const std::size_t half = ascending.size() / 2;
    return ascending.size() % 2 == 1 ? ascending[half] : (ascending[half - 1] + ascending[half]) / 2;
}

/// Probability that at most \p most of \p count coins show heads.
double coinsBelow(std::size_t count, std::size_t most)
{
    const auto n = static_cast<double>(count);
    double sum = 0;
    for (std::size_t i = 0; i <= most; ++i) {
        const auto k = static_cast<double>(i);
        sum += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) - n * std::log(2));
    }
    return sum;
}

/// Error of the interval from the value of rank \p rank (1 for the smallest) to its mirror image.
double errorOfRank(std::size_t count, std::size_t rank) { return 2 * coinsBelow(count, rank - 1); }

/// The innermost rank whose interval errs with at most \p error; 0 when there is none.
std::size_t rankFor(std::size_t count, double error)
{
    std::size_t rank = 0;
    while (2 * (rank + 1) <= count && errorOfRank(count, rank + 1) <= error)
        ++rank;
    return rank;
}

Interval studentInterval(const std::vector<double>& ascending, double confidence)
{
    const std::size_t count = ascending.size();
    const double middle = middleOf(ascending);
    if (count == 1)
        return {middle, -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
    const double mean = std::accumulate(ascending.begin(), ascending.end(), 0.0) / static_cast<double>(count);
    double squares = 0;
    for (const double value : ascending)
        squares += (value - mean) * (value - mean);
    const double error = std::sqrt(squares / static_cast<double>(count - 1) / static_cast<double>(count));
    const double half = studentQuantile(count - 1, confidence) * error;
    return {middle, mean - half, mean + half};
}

}  // namespace

std::optional<Interval> certainMedian(std::span<const double> values, double error)
{
    const std::size_t rank = rankFor(values.size(), error);
    if (rank == 0)
        return std::nullopt;
    const std::vector<double> ascending = sorted(values);
    return Interval{middleOf(ascending), ascending[rank - 1], ascending[ascending.size() - rank]};
}

Interval medianInterval(std::span<const double> values, double confidence)
{
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    if (values.empty())
        return {kNaN, kNaN, kNaN};
    const std::vector<double> ascending = sorted(values);
    const std::size_t count = ascending.size();
    const double error = 1 - confidence;
    const std::size_t outer = rankFor(count, error);
    if (count < kFewestForRanks || outer == 0)
        return count < kFewestForRanks ? studentInterval(ascending, confidence)
                                       : Interval{middleOf(ascending), ascending.front(), ascending.back()};
    const std::size_t inner = std::min(outer + 1, (count + 1) / 2);
    const double outerError = errorOfRank(count, outer);
    const double innerError = errorOfRank(count, inner);
    const double share = innerError > outerError ? (error - outerError) / (innerError - outerError) : 0;
    // Their interpolation: not in the error itself, but bent towards the outer pair for ranks away from the middle.
    const auto n = static_cast<double>(count);
    const auto k = static_cast<double>(outer);
    const double bent = (n - k) * share / (k + (n - 2 * k) * share);
    return {middleOf(ascending), (1 - bent) * ascending[outer - 1] + bent * ascending[inner - 1],
            (1 - bent) * ascending[count - outer] + bent * ascending[count - inner]};
}

}  // namespace warploom
