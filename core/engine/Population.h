// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/Agent.h"
#include "base/Random.h"
#include "protocol/Records.h"
#include "search/Tuner.h"
#include "variant/Directives.h"

namespace warploom {

/// One variant as the run sees it.
struct Member {
    VariantRecord record;
    std::optional<Tuner> tuner;  ///< absent when the directives cannot be read
    std::optional<EvaluationRecord> best;  ///< fastest right one
    std::vector<Proposal> proposals;  ///< of agents, not tried yet
    bool expanded = false;  ///< agents were asked
    int evaluations = 0;  ///< told
    int pending = 0;  ///< in flight
    bool failedFirst = false;  ///< the default configuration is not right: its lineage is not followed

    [[nodiscard]] bool isRight() const { return best.has_value(); }
};

/// The variants of a run with their tuners and open proposals: what the engine chooses from.
class Population {
public:
    explicit Population(std::uint64_t seed);

    Member& add(VariantRecord record);
    [[nodiscard]] Member* find(VariantId id);
    [[nodiscard]] const std::vector<std::unique_ptr<Member>>& members() const { return m_members; }
    [[nodiscard]] bool knows(const std::string& normalisedHash) const { return m_hashes.contains(normalisedHash); }

    /// Takes a result in: tells the tuner and keeps the best. Returns whether it is the member's new best.
    bool record(Member& member, const EvaluationRecord& evaluation);

    /// A right member, not retired, whose tunables are worth another try; the better, the likelier.
    Member* chooseToTune(RandomStream& random);
    /// A right member that agents have not been asked about; the better and the less tried, the likelier.
    Member* chooseToExpand(RandomStream& random);
    /// A member with open proposals, and the proposal's place; by predicted gain and what its move has brought so far.
    std::optional<std::pair<Member*, std::size_t>> chooseProposal(RandomStream& random);

    /// Counts what a move did; gain is the natural logarithm of the speedup over the parent.
    void credit(const std::string& move, bool right, double logGain, double weight = 1);
    void ban(const std::string& move, bool banned);
    void prefer(const std::string& move, bool preferred);

private:
    struct MoveCredit {
        double tries = 0;
        double right = 0;
        double logGain = 0;
    };

    std::vector<Member*> rankedRightMembers();
    double moveScore(const Proposal& proposal, const Member& parent, RandomStream& random) const;

    std::uint64_t m_seed;
    std::vector<std::unique_ptr<Member>> m_members;
    std::set<std::string> m_hashes;
    std::map<std::string, MoveCredit> m_credit;
    std::set<std::string> m_banned;
    std::set<std::string> m_preferred;
};

}  // namespace warploom
