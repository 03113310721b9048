// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/Random.h"
#include "base/Result.h"
#include "search/TunableSpace.h"

namespace warploom {

/// Finds good values for the tunables of one variant with few evaluations. A portfolio: a genetic algorithm and a local
/// search share everything that is known, and the one that finds better configurations gets more of the tries.
/// Deterministic for a seed and an order of calls; several configurations may be asked for before the first is told.
class Tuner {
public:
    /// InvalidArgument for a space that makes no sense (see SpaceIndex).
    static Result<Tuner> make(TunableSpace space, std::uint64_t seed);

    /// The next configuration to try: the default first, only valid ones, never one twice; nothing when all were asked
    /// for.
    std::optional<Configuration> ask();
    /// What came of a configuration: its time (any unit, positive), or nothing where it failed. Also takes
    /// configurations that were never asked for, such as those of an earlier run: they are not asked for again.
    /// NotFound for one that is not of this space, InvalidArgument for a time that is not positive and finite.
    Result<> tell(const Configuration& configuration, std::optional<double> time);

    /// The fastest told so far, with its time.
    [[nodiscard]] std::optional<std::pair<Configuration, double>> best() const;
    /// Nothing is left to ask for. (Results may still be outstanding.)
    /// How many tunables there are.
    [[nodiscard]] std::size_t dimensions() const { return m_space.dimensions(); }
    [[nodiscard]] bool exhausted() const { return m_exhausted; }
    [[nodiscard]] std::size_t asked() const { return m_asked.size(); }
    [[nodiscard]] std::size_t told() const { return m_told; }

private:
    using Index = SpaceIndex::Index;
    enum class Source : std::uint8_t { Initial, Genetic, Local };

    struct Individual {
        double time;
        Index index;

        friend auto operator<=>(const Individual&, const Individual&) = default;
    };

    /// How a source has done lately.
    struct Credit {
        double tries = 1;
        double gains = 1;
    };

    Tuner(SpaceIndex space, std::uint64_t seed);

    std::optional<Index> choose();
    std::optional<Index> propose(Source source);
    std::optional<Index> initial();
    std::optional<Index> genetic();
    std::optional<Index> local();
    std::optional<Index> randomUntried();
    std::optional<Index> nextUntried();
    Source chooseSource();
    Index cross(Index mother, Index father);
    void mutate(SpaceIndex::Positions& positions);
    Index select();
    void climbFrom(const Individual& base);
    bool startClimb();
    bool isOpen(Index index);
    void giveCredit(const Individual& told);

    SpaceIndex m_space;
    RandomStream m_random;
    std::unordered_set<Index> m_asked;  ///< and told
    std::unordered_map<Index, Source> m_pending;
    std::vector<Individual> m_population;  ///< the best, fastest first
    std::optional<Individual> m_base;  ///< where the local search stands
    std::deque<Index> m_neighbourhood;  ///< of the base, still to try
    std::unordered_set<Index> m_climbed;  ///< bases whose neighbourhood is done
    std::map<Source, Credit> m_credit;
    Index m_cursor = 0;
    std::size_t m_told = 0;
    bool m_started = false;
    bool m_exhausted = false;
};

}  // namespace warploom
