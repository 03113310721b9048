// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Draws.h"

#include <cmath>
#include <numbers>

namespace warploom {

namespace {

double normal(RandomStream& random)
{
    const double radius = std::sqrt(-2 * std::log(1 - random.unit()));
    return radius * std::cos(2 * std::numbers::pi * random.unit());
}

/// Gamma distribution of scale 1 and shape ≥ 1 (Marsaglia and Tsang 2000).
double gamma(double shape, RandomStream& random)
{
    const double d = shape - 1.0 / 3;
    const double c = 1 / std::sqrt(9 * d);
    for (;;) {
        const double x = normal(random);
        const double v = std::pow(1 + c * x, 3);
        if (v > 0 && std::log(1 - random.unit()) < 0.5 * x * x + d - d * v + d * std::log(v))
            return d * v;
    }
}

}  // namespace

double drawBeta(double a, double b, RandomStream& random)
{
    const double first = gamma(a, random);
    return first / (first + gamma(b, random));
}

}  // namespace warploom
