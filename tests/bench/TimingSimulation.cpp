// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TimingSimulation.h"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "base/Random.h"
#include "evaluate/RatioEstimate.h"

namespace warploom::test {

namespace {

constexpr double kOutlierChance = 0.05;
constexpr double kOutlier = 0.1;

double normalOf(RandomStream& random)
{
    const double radius = std::sqrt(-2 * std::log(1 - random.unit()));
    return radius * std::cos(2 * std::numbers::pi * random.unit());
}

double noiseOf(const SimulationCase& setting, RandomStream& random)
{
    switch (setting.noise) {
    case Noise::Normal:
        return setting.deviation * normalOf(random);
    case Noise::Skewed:
        return -setting.deviation * std::log(1 - random.unit());
    case Noise::Outliers:
        return setting.deviation * normalOf(random) + (random.chance(kOutlierChance) ? kOutlier : 0);
    case Noise::HeavyTails:
        return setting.deviation * normalOf(random) / std::sqrt(-std::log(1 - random.unit()));
    }
    return 0;
}

TimingReport roundsOf(const SimulationCase& setting, int count, RandomStream& random)
{
    const auto time = [&](double typical) { return Microseconds{typical * std::exp(noiseOf(setting, random))}; };
    TimingReport report;
    for (int i = 0; i < count; ++i) {
        RoundReport round;
        round.before = time(100);
        round.candidates = {time(100 / setting.speedup)};
        round.again = {time(100 / setting.speedup)};
        round.after = time(100);
        report.rounds.push_back(std::move(round));
    }
    return report;
}

}  // namespace

std::string noiseName(Noise noise)
{
    constexpr const char* kNames[] = {"normal", "skewed", "outliers", "heavy tails"};
    return kNames[static_cast<std::size_t>(noise)];
}

SimulationResult simulate(const SimulationCase& setting, int series, std::uint64_t seed)
{
    RandomStream random(seed);
    SimulationResult result;
    for (int i = 0; i < series; ++i) {
        RatioEstimate estimate;
        TimingDecision decision = TimingDecision::Continue;
        for (const int look : kLooks) {
            for (int tries = 0; estimate.rounds() < look && tries < 3; ++tries)
                estimate.add(roundsOf(setting, look - estimate.rounds(), random), 0,
                             std::numbers::sqrt2 * setting.deviation);
            decision = estimate.decide();
            if (decision != TimingDecision::Continue)
                break;
        }
        const Interval interval = estimate.speedup(kReportedConfidence);
        result.different += decision == TimingDecision::Faster || decision == TimingDecision::Slower ? 1 : 0;
        result.equal += decision == TimingDecision::Equal ? 1 : 0;
        result.covered += interval.low <= setting.speedup && setting.speedup <= interval.high ? 1 : 0;
        result.rounds += estimate.rounds();
    }
    for (double* share : {&result.different, &result.equal, &result.covered, &result.rounds})
        *share /= series;
    return result;
}

std::string simulationTable(int series)
{
    std::string table = fmt::format("{:<12} {:>7} {:>8} {:>10} {:>7} {:>8} {:>7}\n", "noise", "sd", "speed-up",
                                    "different", "equal", "covered", "rounds");
    for (const Noise noise : {Noise::Normal, Noise::Skewed, Noise::Outliers, Noise::HeavyTails}) {
        for (const double deviation : {0.0005, 0.005, 0.01, 0.05}) {
            for (const double slower : {0.0, 0.01, 0.02, 0.05}) {
                const SimulationCase setting{noise, deviation, 1 / (1 + slower)};
                const SimulationResult result = simulate(setting, series, 7);
                table += fmt::format("{:<12} {:>5.2f} % {:>8.3f} {:>8.2f} % {:>5.1f} % {:>6.1f} % {:>7.1f}\n",
                                     noiseName(noise), 100 * deviation, setting.speedup, 100 * result.different,
                                     100 * result.equal, 100 * result.covered, result.rounds);
            }
        }
    }
    return table;
}

}  // namespace warploom::test
