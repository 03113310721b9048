// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/MoveBandit.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "search/Draws.h"

namespace warploom {

namespace {

constexpr double kOtherDevice = 0.3;  ///< weight of a try on another kind of device
constexpr double kOtherBottleneck = 0.1;  ///< and of one against another bottleneck
constexpr double kUnknownBottleneck = 0.5;  ///< where either bottleneck is not known
constexpr double kPromisedTries = 2;  ///< a finding that names the move counts as so many that helped
constexpr double kMostPriorTries = 12;  ///< earlier runs weigh no more than so many tries of this one
// Before anything is known: one of three tries helps, by a fifth.
constexpr double kPriorImproved = 1;
constexpr double kPriorFailed = 2;
constexpr double kPriorGain = 0.18;

double weightBetween(const std::string& learnt, const std::string& wanted)
{
    if (learnt == wanted)
        return 1;
    return learnt == kAnyBottleneck || wanted == kAnyBottleneck ? kUnknownBottleneck : kOtherBottleneck;
}

}  // namespace

void MoveBandit::Tally::add(const Tally& other, double weight)
{
    tries += weight * other.tries;
    improved += weight * other.improved;
    gain += weight * other.gain;
}

MoveBandit::MoveBandit(const std::vector<ExperienceRecord>& experience, std::string device)
{
    for (const ExperienceRecord& record : experience) {
        // Losses are part of the stored sum: what is left is a careful estimate of the gains.
        const Tally known{static_cast<double>(record.tries), static_cast<double>(record.improved),
                          std::max(0.0, record.sumLogGain)};
        m_tallies[{record.move, record.bottleneck}].add(known, record.device == device ? 1 : kOtherDevice);
    }
    for (auto& [key, tally] : m_tallies) {
        if (tally.tries > kMostPriorTries) {
            const double shrunk = kMostPriorTries / tally.tries;
            tally = {tally.tries * shrunk, tally.improved * shrunk, tally.gain * shrunk};
        }
    }
}

void MoveBandit::record(const std::string& move, const std::string& bottleneck, bool right, double logGain)
{
    const bool improved = right && std::isfinite(logGain) && logGain > 0;
    m_tallies[{move, bottleneck}].add({1, improved ? 1.0 : 0.0, improved ? logGain : 0.0}, 1);
}

MoveBandit::Tally MoveBandit::tallyOf(const std::string& move, const std::string& bottleneck, double promised) const
{
    Tally sum;
    for (auto it = m_tallies.lower_bound({move, {}}); it != m_tallies.end() && it->first.first == move; ++it)
        sum.add(it->second, weightBetween(it->first.second, bottleneck));
    if (std::isfinite(promised) && promised > 0)
        sum.add({1, 1, promised}, kPromisedTries);
    return sum;
}

double MoveBandit::gainWhenImproved(const Tally& tally)
{
    return (kPriorImproved * kPriorGain + tally.gain) / (kPriorImproved + tally.improved);
}

double MoveBandit::sample(const std::string& move, const std::string& bottleneck, RandomStream& random,
                          double promised) const
{
    const Tally tally = tallyOf(move, bottleneck, promised);
    const double failed = std::max(0.0, tally.tries - tally.improved);
    return drawBeta(kPriorImproved + tally.improved, kPriorFailed + failed, random) * gainWhenImproved(tally);
}

double MoveBandit::expectedGain(const std::string& move, const std::string& bottleneck, double promised) const
{
    const Tally tally = tallyOf(move, bottleneck, promised);
    const double chance = (kPriorImproved + tally.improved) / (kPriorImproved + kPriorFailed + tally.tries);
    return chance * gainWhenImproved(tally);
}

std::optional<std::string> MoveBandit::choose(std::span<const std::string> moves, const std::string& bottleneck,
                                              RandomStream& random) const
{
    std::optional<std::string> winner;
    double highest = -std::numeric_limits<double>::infinity();
    for (const std::string& move : moves) {
        const double draw = sample(move, bottleneck, random);
        if (draw > highest) {
            highest = draw;
            winner = move;
        }
    }
    return winner;
}

}  // namespace warploom
