// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/Random.h"
#include "protocol/Records.h"

namespace warploom {

/// The bottleneck of experience that was made where nobody knew what the parent's was.
inline constexpr const char* kAnyBottleneck = "any";

/// Divides the tries among moves by Thompson sampling: a move is drawn as often as it is likely to be the best one for
/// a bottleneck. Experience of earlier runs is the prior; moves nobody has tried are drawn too. Deterministic for a
/// stream.
class MoveBandit {
public:
    /// \p device: GPU name of this run; what was learnt on others counts less.
    MoveBandit(const std::vector<ExperienceRecord>& experience, std::string device);

    /// One try: \p logGain is the natural logarithm of the speedup over the parent, used when \p right.
    void record(const std::string& move, const std::string& bottleneck, bool right, double logGain);
    /// What is said of a move before it is tried here, as logarithms; it is part of the prior, and tries outvote it.
    struct Hopes {
        double promised = 0;  ///< by a finding that names the move; 0: none does
        std::optional<double> predicted;  ///< by the proposal itself: who hopes for little is believed
    };

    /// One draw of the logarithmic gain to hope for.
    double sample(const std::string& move, const std::string& bottleneck, RandomStream& random, Hopes hopes) const;
    double sample(const std::string& move, const std::string& bottleneck, RandomStream& random) const
    {
        return sample(move, bottleneck, random, Hopes());
    }
    /// Its mean.
    [[nodiscard]] double expectedGain(const std::string& move, const std::string& bottleneck, Hopes hopes) const;
    [[nodiscard]] double expectedGain(const std::string& move, const std::string& bottleneck) const
    {
        return expectedGain(move, bottleneck, Hopes());
    }
    /// The move with the highest draw; nothing for an empty list.
    std::optional<std::string> choose(std::span<const std::string> moves, const std::string& bottleneck,
                                      RandomStream& random) const;

private:
    struct Tally {
        double tries = 0;
        double improved = 0;
        double gain = 0;  ///< logarithmic, of the improvements

        void add(const Tally& other, double weight);
    };

    [[nodiscard]] Tally tallyOf(const std::string& move, const std::string& bottleneck, double promised) const;
    [[nodiscard]] static double gainWhenImproved(const Tally& tally, const Hopes& hopes);

    std::map<std::pair<std::string, std::string>, Tally> m_tallies;  ///< by move and bottleneck
};

}  // namespace warploom
