// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/ModelBandit.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "search/Draws.h"

namespace warploom {

namespace {

constexpr std::int64_t kFirstAsks = 3;  ///< of every model, whatever it costs
constexpr int kFailuresToRest = 3;  ///< in a row
constexpr int kFailuresToGiveUp = 6;  ///< in a row
constexpr std::int64_t kFirstRest = 10;  ///< choices; doubled with each failure more
constexpr double kFading = 0.97;  ///< weight of an outcome after the next one
constexpr double kExpectedWeight = 1;  ///< asks that the expected effort counts for
constexpr double kLeastEffort = 1e-4;  ///< dollars: nothing is had for nothing
// Before anything is known: one of three trials helps, by a fifth.
constexpr double kPriorHelped = 1;
constexpr double kPriorUseless = 2;
constexpr double kPriorLogGain = 0.18;
constexpr double kMicrosPerDollar = 1e6;
constexpr double kSecondsPerHour = 3600;

}  // namespace

ModelBandit::ModelBandit(MicroDollars hour)
    : m_hour(hour)
{
}

void ModelBandit::add(const std::string& model, const ModelAsk& expected) { m_models[model].expected = expected; }

std::optional<double> ModelBandit::meanCost(const Tally& tally) const
{
    const std::int64_t known = tally.asks - tally.unknownCosts;
    double weight = static_cast<double>(known);
    double sum = static_cast<double>(tally.cost.value);
    if (tally.expected.cost) {
        weight += kExpectedWeight;
        sum += kExpectedWeight * static_cast<double>(tally.expected.cost->value);
    }
    if (weight == 0)
        return std::nullopt;
    return sum / weight;
}

double ModelBandit::dearestCost() const
{
    double dearest = 0;
    for (const auto& [name, tally] : m_models)
        dearest = std::max(dearest, meanCost(tally).value_or(0));
    return dearest;
}

/// Dollars for one trial: an ask that brings no proposal is paid by the others.
double ModelBandit::effortOf(const Tally& tally) const
{
    const auto asks = static_cast<double>(tally.asks);
    const double meanTime =
        (tally.time.count() + kExpectedWeight * tally.expected.time.count()) / (asks + kExpectedWeight);
    const double money = meanCost(tally).value_or(dearestCost());
    const double ask = (money + static_cast<double>(m_hour.value) * meanTime / kSecondsPerHour) / kMicrosPerDollar;
    const double proposals = (static_cast<double>(tally.proposals) + kExpectedWeight) / (asks + kExpectedWeight);
    return std::max(kLeastEffort, ask / proposals);
}

double ModelBandit::gainWhenImproved(const Tally& tally)
{
    return (kPriorHelped * kPriorLogGain + tally.gain) / (kPriorHelped + tally.improved);
}

double ModelBandit::sample(const Tally& tally, RandomStream& random) const
{
    const double useless = std::max(0.0, tally.trials - tally.improved);
    const double chance = drawBeta(kPriorHelped + tally.improved, kPriorUseless + useless, random);
    return chance * gainWhenImproved(tally) / effortOf(tally);
}

double ModelBandit::expectedValue(const std::string& model) const
{
    const auto found = m_models.find(model);
    const Tally tally = found != m_models.end() ? found->second : Tally{};
    const double chance = (kPriorHelped + tally.improved) / (kPriorHelped + kPriorUseless + tally.trials);
    return chance * gainWhenImproved(tally) / effortOf(tally);
}

bool ModelBandit::isGivenUp(const std::string& model) const
{
    const auto found = m_models.find(model);
    return found != m_models.end() && found->second.failuresInARow >= kFailuresToGiveUp;
}

const std::string* ModelBandit::newest() const
{
    const std::string* name = nullptr;
    std::int64_t fewest = kFirstAsks;
    for (const auto& [model, tally] : m_models) {
        if (tally.chosen < fewest && tally.restsUntil <= m_choices && !isGivenUp(model)) {
            fewest = tally.chosen;
            name = &model;
        }
    }
    return name;
}

const std::string* ModelBandit::bestDraw(RandomStream& random) const
{
    const std::string* name = nullptr;
    double highest = -std::numeric_limits<double>::infinity();
    for (const auto& [model, tally] : m_models) {
        if (tally.restsUntil > m_choices || isGivenUp(model))
            continue;
        const double draw = sample(tally, random);
        if (draw > highest) {
            highest = draw;
            name = &model;
        }
    }
    return name;
}

const std::string* ModelBandit::soonestRested() const
{
    const std::string* name = nullptr;
    std::int64_t soonest = std::numeric_limits<std::int64_t>::max();
    for (const auto& [model, tally] : m_models) {
        if (!isGivenUp(model) && tally.restsUntil < soonest) {
            soonest = tally.restsUntil;
            name = &model;
        }
    }
    return name;
}

std::optional<std::string> ModelBandit::choose(RandomStream& random)
{
    const std::string* name = newest();
    if (name == nullptr)
        name = bestDraw(random);
    if (name == nullptr)
        name = soonestRested();
    if (name == nullptr)
        return std::nullopt;
    ++m_choices;
    ++m_models[*name].chosen;
    return *name;
}

void ModelBandit::recordAsk(const std::string& model, const ModelAsk& ask)
{
    Tally& tally = m_models[model];
    ++tally.asks;
    tally.proposals += std::max(0, ask.proposals);
    tally.time += std::max(Seconds{}, ask.time);
    if (ask.cost)
        tally.cost += std::max(MicroDollars{0}, *ask.cost);
    else
        ++tally.unknownCosts;
    if (!ask.failed) {
        tally.failuresInARow = 0;
        return;
    }
    ++tally.failures;
    ++tally.failuresInARow;
    if (tally.failuresInARow >= kFailuresToRest)
        tally.restsUntil = m_choices + (kFirstRest << std::min(tally.failuresInARow - kFailuresToRest, 10));
}

void ModelBandit::recordTrial(const std::string& model, bool right, double logGain)
{
    Tally& tally = m_models[model];
    const bool improved = right && std::isfinite(logGain) && logGain > 0;
    const double gain = improved ? logGain : 0;
    tally.trials = kFading * tally.trials + 1;
    tally.improved = kFading * tally.improved + (improved ? 1 : 0);
    tally.gain = kFading * tally.gain + gain;
    ++tally.allTrials;
    tally.allImproved += improved ? 1 : 0;
    tally.allGain += gain;
}

nlohmann::json ModelBandit::snapshot() const
{
    nlohmann::json list = nlohmann::json::array();
    for (const auto& [model, tally] : m_models) {
        nlohmann::json entry = {{"model", model},
                                {"asks", tally.asks},
                                {"failures", tally.failures},
                                {"given_up", isGivenUp(model)},
                                {"proposals", tally.proposals},
                                {"trials", tally.allTrials},
                                {"improved", tally.allImproved},
                                {"log_gain", tally.allGain},
                                {"cost_micros", tally.cost.value},
                                {"asks_of_unknown_cost", tally.unknownCosts},
                                {"seconds", tally.time.count()},
                                {"cost_per_gain_micros", nullptr}};
        if (tally.unknownCosts == 0 && tally.allImproved > 0)
            entry["cost_per_gain_micros"] = tally.cost.value / tally.allImproved;
        list.push_back(std::move(entry));
    }
    return list;
}

}  // namespace warploom
