// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/Agent.h"
#include "analysis/Diagnosis.h"
#include "base/Random.h"
#include "protocol/Counters.h"
#include "protocol/Records.h"
#include "search/GeneticPolicy.h"
#include "search/MoveBandit.h"
#include "search/Tuner.h"
#include "store/Standings.h"
#include "variant/Directives.h"

namespace warploom {

/// One variant as the run sees it.
struct Member {
    VariantRecord record;
    std::optional<Tuner> tuner;  ///< absent when the directives cannot be read
    std::optional<EvaluationRecord> best;  ///< by the rule of Standings
    std::optional<Diagnosis> diagnosis;  ///< what limits it, by its latest profile
    // By its latest profile in this process, at one time size and summed over the launches; empty without.
    std::optional<LaunchCounters> counts;  ///< exact, of the emulator; on a card beside it
    std::map<std::string, double> metrics;  ///< sums that the card has counted, by CUPTI's name
    std::vector<Proposal> proposals;  ///< of agents, not tried yet
    std::set<std::string> spent;  ///< agents that have nothing more to say about it than these
    std::map<std::string, int> stale;  ///< answers in a row without anything new, by agent that takes long
    int evaluations = 0;  ///< told, of this environment
    int pending = 0;  ///< in flight
    bool queued = false;  ///< waits for its first evaluation
    bool measuredElsewhere = false;  ///< in another environment
    bool failedFirst = false;  ///< the default configuration is not right: its lineage is not followed

    /// As experience is kept by it: the first one's name, kAnyBottleneck where that is not known.
    [[nodiscard]] std::string bottleneck() const;
    [[nodiscard]] bool isRight() const { return best.has_value(); }
    /// Evaluated in this environment, or about to be.
    [[nodiscard]] bool isTried() const { return evaluations > 0 || pending > 0 || queued; }
};

/// The variants of a run with their tuners and open proposals: what the engine chooses from. Which variant gets a child
/// is the genetic policy's choice, which of its proposals the bandit's, which configuration the variant's tuner's.
class Population {
public:
    /// \p experience: what moves did in earlier runs; \p device: GPU name of this one; \p agents: who may be asked.
    explicit Population(std::uint64_t seed, const std::vector<ExperienceRecord>& experience = {},
                        std::string device = {}, std::vector<std::string> agents = {"rules"});

    Member& add(VariantRecord record);
    [[nodiscard]] bool contains(const std::function<bool(const Member&)>& isMeant) const;
    [[nodiscard]] Member* find(VariantId id);
    [[nodiscard]] const std::vector<std::unique_ptr<Member>>& members() const { return m_members; }
    /// The member with this text, whatever its layout; null if there is none.
    [[nodiscard]] Member* findText(const std::string& normalisedHash);

    /// Takes a result of this run's environment in: tells the tuner and keeps what stands. Returns whether it is the
    /// member's new best.
    bool record(Member& member, const EvaluationRecord& evaluation);
    /// The best of all members that are not retired; null where nothing stands.
    [[nodiscard]] const EvaluationRecord* best() const;

    /// A right member, not retired, whose tunables are worth another try; the better, the likelier. What is far slower
    /// than the best of all only \p withStragglers.
    Member* chooseToTune(RandomStream& random, bool withStragglers);
    /// Whether there is something promising to try on the best of all, or one of \p agents was not asked about it yet.
    [[nodiscard]] bool isBestOpen(const std::vector<std::string>& agents) const;
    /// Which member gets a child, by whom and how: a right one, not retired, that some agent was not asked about or
    /// that has proposals which are not banned.
    std::optional<Expansion> chooseExpansion(RandomStream& random) const { return chooseExpansion(random, m_agents); }
    /// By one of these, who can be asked now. Which of them follows what each has brought, so that none is forgotten.
    std::optional<Expansion> chooseExpansion(RandomStream& random, std::vector<std::string> agents) const;
    /// Whether the first parent has open proposals that the agent made for just such an expansion.
    [[nodiscard]] bool hasProposalFor(const Expansion& expansion);
    /// Takes the proposal of the expansion's agent to try next from the first parent's, by predicted gain and what its
    /// move has brought so far, against its bottleneck above all; moves that a finding of the parent names have what it
    /// promises in their prior. Nothing when it has none that is not banned. Those made in the expansion's mode come
    /// first; for a combination then those whose move made the second parent and not the first, which becomes the
    /// partner; then any.
    std::optional<Proposal> takeProposal(const Expansion& expansion, RandomStream& random);
    /// What the policy chooses from. \p agent: what others may still say does not count; empty: all do.
    [[nodiscard]] Archive archive(const std::string& agent = {}) const;
    /// Counts what a variant of this agent's has brought; gain as in credit().
    void creditAgent(const std::string& agent, bool right, double logGain);
    [[nodiscard]] bool isBanned(const std::string& move) const { return m_banned.contains(move); }

    /// Counts what a move did to the parent's bottleneck; gain is the natural logarithm of the speedup over the parent.
    void credit(const std::string& move, const std::string& bottleneck, bool right, double logGain);
    void ban(const std::string& move, bool banned);
    void prefer(const std::string& move, bool preferred);

private:
    [[nodiscard]] bool isTunedAsItsParent(const Member& member) const;
    std::vector<Member*> rankedRightMembers();
    [[nodiscard]] double hopeFor(const Member& member) const;
    [[nodiscard]] bool hasSomethingToTry(const Member& member, const std::string& agent) const;
    [[nodiscard]] std::size_t chooseAgent(const std::vector<std::string>& agents, RandomStream& random) const;
    [[nodiscard]] std::set<std::string> movesOf(VariantId variant);
    [[nodiscard]] std::set<std::string> movesToBorrow(const Expansion& expansion);
    [[nodiscard]] std::optional<std::size_t>
    mostPromising(const Member& parent, const std::function<bool(const Proposal&)>& counts, RandomStream& random) const;
    double promise(const Member& parent, const Proposal& proposal, RandomStream& random) const;

    std::uint64_t m_seed;
    std::vector<std::string> m_agents;
    GeneticPolicy m_policy;
    MoveBandit m_bandit;
    MoveBandit m_agentBandit{{}, {}};  ///< its moves are agents
    Standings m_standings;
    std::vector<std::unique_ptr<Member>> m_members;
    std::map<VariantId, int> m_children;
    std::unordered_map<VariantId, Member*> m_byId;
    std::unordered_map<std::string, Member*> m_byText;  ///< the first of each
    std::set<std::string> m_banned;
    std::set<std::string> m_preferred;
};

}  // namespace warploom
