// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/Random.h"

namespace warploom {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double medianInPlace(std::vector<double>& values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1)
        return *middle;
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace

double median(std::span<const double> values)
{
    if (values.empty())
        return kNaN;
    std::vector<double> copy(values.begin(), values.end());
    return medianInPlace(copy);
}

double quantile(std::span<const double> values, double q)
{
    if (values.empty())
        return kNaN;
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    const double position = std::clamp(q, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double robustDeviation(std::span<const double> values)
{
    const double middle = median(values);
    std::vector<double> distances;
    distances.reserve(values.size());
    for (const double value : values)
        distances.push_back(std::abs(value - middle));
    return 1.4826 * median(distances);
}

double geometricMean(std::span<const double> values)
{
    if (values.empty())
        return kNaN;
    const double sum = std::accumulate(values.begin(), values.end(), 0.0,
                                       [](double total, double value) { return total + std::log(value); });
    return std::exp(sum / static_cast<double>(values.size()));
}

Interval bootstrapMedian(std::span<const double> values, double confidence, std::uint64_t seed, int resamples)
{
    if (values.empty())
        return {kNaN, kNaN, kNaN};
    RandomStream random(seed);
    std::vector<double> medians;
    medians.reserve(static_cast<std::size_t>(resamples));
    std::vector<double> resample(values.size());
    for (int i = 0; i < resamples; ++i) {
        for (double& value : resample)
            value = values[random.below(values.size())];
        medians.push_back(medianInPlace(resample));
    }
    const double tail = (1 - confidence) / 2;
    return {median(values), quantile(medians, tail), quantile(medians, 1 - tail)};
}

}  // namespace warploom
