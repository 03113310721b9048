// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace warploom::test {

/// How single times scatter in a simulated series.
enum class Noise {
    Normal,
    Skewed,  ///< exponential: never faster than the best, sometimes much slower
    Outliers,  ///< normal, and one time in twenty 10 % slower
    HeavyTails,  ///< Student's t with 2 degrees of freedom: no variance at all
};

struct SimulationCase {
    Noise noise = Noise::Normal;
    double deviation = 0;  ///< of the logarithm of one time
    double speedup = 1;  ///< of the candidate, the truth
};

/// Shares of the series of one case, 0 to 1.
struct SimulationResult {
    double different = 0;  ///< called faster or slower
    double equal = 0;
    double covered = 0;  ///< the reported interval holds the truth
    double rounds = 0;  ///< mean rounds until the decision
};

std::string noiseName(Noise noise);
/// Plays \p series series through RatioEstimate, with the looks and the thrown away rounds of real ones.
SimulationResult simulate(const SimulationCase& setting, int series, std::uint64_t seed);
/// Table over all noises, deviations of 0.05, 0.5, 1 and 5 % and true speed-ups from 1 to 0.95.
std::string simulationTable(int series);

}  // namespace warploom::test
