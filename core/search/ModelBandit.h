// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/Money.h"
#include "base/Random.h"
#include "base/Units.h"

namespace warploom {

/// What one request to a model took.
struct ModelAsk {
    std::optional<MicroDollars> cost;  ///< nothing: unknown
    Seconds time{};
    int proposals = 1;  ///< that came of it
    bool failed = false;  ///< the server, or the model, gave no answer to work with
};

/// Divides the requests of a run among several models by what a confirmed gain costs with each: Thompson sampling of
/// the gain, over the effort of an ask. Effort is money and time; `hour` says what an hour of waiting is worth, so that
/// a model that costs nothing is judged by its time. Where a price is unknown, it is taken for the dearest that is
/// known. Old outcomes fade: what a model found when there was much to find says little later. Deterministic for a
/// stream. Not for several threads.
class ModelBandit {
public:
    explicit ModelBandit(MicroDollars hour = {1'000'000});

    /// What an ask is thought to take, until it is known.
    void add(const std::string& model, const ModelAsk& expected);
    /// The model to ask next; nothing when there is none, or all have been given up. A model gets its first asks before
    /// any figure counts. One that fails three times in a row rests for ever longer, and is given up after the sixth.
    std::optional<std::string> choose(RandomStream& random);

    /// When a request has ended. A model that was not added counts from then on.
    void recordAsk(const std::string& model, const ModelAsk& ask);
    /// When a proposal of the model was evaluated: \p logGain is the natural logarithm of its confirmed speedup over
    /// its parent, used when \p right.
    void recordTrial(const std::string& model, bool right, double logGain);

    /// Mean of what choose() draws: logarithmic gain a dollar of effort.
    [[nodiscard]] double expectedValue(const std::string& model) const;
    [[nodiscard]] bool isGivenUp(const std::string& model) const;
    /// What is known of each model, in full and not faded, for records: docs/formats.md.
    [[nodiscard]] nlohmann::json snapshot() const;

private:
    struct Tally {
        // As the choice sees it: old ones fade.
        double trials = 0;
        double improved = 0;
        double gain = 0;  ///< logarithmic, of the improvements
        // In full.
        std::int64_t chosen = 0;
        std::int64_t asks = 0;
        std::int64_t failures = 0;
        std::int64_t proposals = 0;
        std::int64_t allTrials = 0;
        std::int64_t allImproved = 0;
        double allGain = 0;
        MicroDollars cost;  ///< of the asks whose cost is known
        std::int64_t unknownCosts = 0;  ///< asks of unknown cost
        Seconds time{};

        ModelAsk expected;
        int failuresInARow = 0;
        std::int64_t restsUntil = 0;  ///< choice before which it is not asked
    };

    [[nodiscard]] double effortOf(const Tally& tally) const;
    [[nodiscard]] std::optional<double> meanCost(const Tally& tally) const;
    [[nodiscard]] double dearestCost() const;
    [[nodiscard]] static double gainWhenImproved(const Tally& tally);
    [[nodiscard]] double sample(const Tally& tally, RandomStream& random) const;
    [[nodiscard]] const std::string* newest() const;
    [[nodiscard]] const std::string* bestDraw(RandomStream& random) const;
    [[nodiscard]] const std::string* soonestRested() const;

    MicroDollars m_hour;
    std::int64_t m_choices = 0;
    std::map<std::string, Tally> m_models;
};

}  // namespace warploom
