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
#include "search/GeneticPolicy.h"
#include "search/MoveBandit.h"
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

/// The variants of a run with their tuners and open proposals: what the engine chooses from. Which variant gets a child
/// is the genetic policy's choice, which of its proposals the bandit's, which configuration the variant's tuner's.
class Population {
public:
    /// \p experience: what moves did in earlier runs; \p device: GPU name of this one.
    explicit Population(std::uint64_t seed, const std::vector<ExperienceRecord>& experience = {},
                        std::string device = {});

    Member& add(VariantRecord record);
    [[nodiscard]] Member* find(VariantId id);
    [[nodiscard]] const std::vector<std::unique_ptr<Member>>& members() const { return m_members; }
    [[nodiscard]] bool knows(const std::string& normalisedHash) const { return m_hashes.contains(normalisedHash); }

    /// Takes a result in: tells the tuner and keeps the best. Returns whether it is the member's new best.
    bool record(Member& member, const EvaluationRecord& evaluation);

    /// A right member, not retired, whose tunables are worth another try; the better, the likelier.
    Member* chooseToTune(RandomStream& random);
    /// A right member, not retired, that agents were not asked about or that has proposals which are not banned.
    Member* chooseParent(RandomStream& random);
    /// Place of the proposal of \p parent to try next, by predicted gain and what its move has brought so far; nothing
    /// when all are banned.
    std::optional<std::size_t> chooseProposal(const Member& parent, RandomStream& random) const;
    /// What the policy chooses from.
    [[nodiscard]] Archive archive() const;

    /// Counts what a move did; gain is the natural logarithm of the speedup over the parent.
    void credit(const std::string& move, bool right, double logGain);
    void ban(const std::string& move, bool banned);
    void prefer(const std::string& move, bool preferred);

private:
    std::vector<Member*> rankedRightMembers();
    [[nodiscard]] bool hasSomethingToTry(const Member& member) const;
    double promise(const Proposal& proposal, RandomStream& random) const;

    std::uint64_t m_seed;
    GeneticPolicy m_policy;
    MoveBandit m_bandit;
    std::vector<std::unique_ptr<Member>> m_members;
    std::map<VariantId, int> m_children;
    std::set<std::string> m_hashes;
    std::set<std::string> m_banned;
    std::set<std::string> m_preferred;
};

/// The bottleneck under which experience is kept until a diagnosis names the parent's.
inline constexpr const char* kAnyBottleneck = "any";

}  // namespace warploom
