// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "search/SearchPolicy.h"

namespace warploom {

struct GeneticSettings {
    std::vector<std::string> agents{"rules"};  ///< who may be asked, with equal chances; nobody: nothing is expanded
    std::size_t islandSize = 6;  ///< best right variants of one island that may become parents
    std::size_t islands = 3;
    std::size_t together = 16;  ///< with fewer right variants there is one island: most are first steps
    int tournament = 3;
    double migration = 0.15;  ///< chance to look for a parent beyond the island
    double combination = 0.1;  ///< chance to give two parents
    double freshStart = 0.03;
    double noveltyWeight = 0.1;  ///< natural logarithms of speedup that a move nobody else in the island made is worth
    double noGain = 0.15;  ///< taken from what is no faster than its first parent: the parent stands for both
    double childrenWeight = 0.15;  ///< what each doubling of the children tried costs
    double farBehind = 1.2;  ///< natural logarithms below the best that is left: seldom worth the time
    double stragglers = 0.15;  ///< chance to look at those too
    double favour = 0.5;  ///< what a person's favour is worth
    int manySiblings = 3;  ///< from so many children on the agent is told what they were
};

/// A genetic policy with islands. An island is what descends from the same first changes to a baseline, so that one
/// early success does not drive out every other idea; the baselines belong to all of them.
class GeneticPolicy final : public SearchPolicy {
public:
    explicit GeneticPolicy(GeneticSettings settings);

    std::optional<Expansion> expand(const Archive& archive, RandomStream& random) const override;

private:
    struct Candidate;

    [[nodiscard]] std::vector<Candidate> candidates(const Archive& archive, bool withStragglers) const;
    [[nodiscard]] std::vector<Candidate> inhabitants(const std::vector<Candidate>& all, RandomStream& random) const;
    [[nodiscard]] const Candidate* select(const std::vector<Candidate>& among, RandomStream& random) const;
    [[nodiscard]] const Candidate* partner(const std::vector<Candidate>& all, const Candidate& first,
                                           RandomStream& random) const;

    GeneticSettings m_settings;
};

}  // namespace warploom
