// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/Population.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/Log.h"
#include "variant/LaunchPlan.h"

namespace warploom {

namespace {

constexpr std::size_t kElite = 8;
constexpr double kFavourBonus = 2;
// An agent's prediction is a hope: half of it (as a logarithm) counts beside what the move has brought.
constexpr double kTrustInPredictions = 0.5;
constexpr double kUnaskedHope = 0.3;
// What is slower than this share of the best is tuned only when nothing better is left to tune.
constexpr double kWorthTuning = 0.6;
// One tunable alone, a block's size as a rule, makes no more of it.
constexpr double kWorthTuningOne = 0.9;
// A proposal that predicts as much is better tried before anything is tuned.
constexpr double kPromising = 1.1;
// Of the choices of an agent so many are left to chance.
constexpr double kAgentFloor = 0.2;
// Of a parent's speed: what is nearer to it is noise.
constexpr double kNoGain = 1.005;

std::optional<Tuner> tunerFor(const VariantRecord& record, std::uint64_t seed)
{
    auto directives = parseDirectives(record.source, "kernel.cu");
    if (!directives)
        return std::nullopt;
    TunableSpace space;
    for (const TuneDirective& tunable : directives->tunables)
        space.tunables.push_back({tunable.name, tunable.values});
    auto shared = std::make_shared<Directives>(std::move(*directives));
    space.valid = [shared](const Configuration& configuration) {
        return isConfigurationPossible(*shared, configuration);
    };
    auto tuner = Tuner::make(std::move(space), seed);
    if (!tuner)
        return std::nullopt;
    return std::move(*tuner);
}

bool isMadeFor(const Expansion& expansion, const Proposal& proposal)
{
    const bool isCombination = expansion.mode == MemoryMode::Combine && expansion.parents.size() > 1;
    return proposal.by() == expansion.agent && proposal.mode == expansion.mode
        && (!isCombination || proposal.partner == expansion.parents[1]);
}

/// What the best of the findings that name the move would bring, as a logarithm: the middle of its interval. 0: none.
double promisedBy(const std::optional<Diagnosis>& diagnosis, const std::string& move)
{
    double most = 0;
    for (const Finding& finding : diagnosis ? diagnosis->findings : std::vector<Finding>{})
        if (std::find(finding.moves.begin(), finding.moves.end(), move) != finding.moves.end())
            most = std::max(most, (std::log(finding.leastGain) + std::log(finding.mostGain)) / 2);
    return most;
}

/// Index drawn so that each place is half as likely as the one before.
std::size_t drawRank(std::size_t count, RandomStream& random)
{
    std::size_t rank = 0;
    while (rank + 1 < count && random.chance(0.5))
        ++rank;
    return rank;
}

}  // namespace

std::string Member::bottleneck() const
{
    const bool isKnown = diagnosis && diagnosis->primary != Bottleneck::Unknown;
    return isKnown ? std::string(bottleneckName(diagnosis->primary)) : kAnyBottleneck;
}

Population::Population(std::uint64_t seed, const std::vector<ExperienceRecord>& experience, std::string device,
                       std::vector<std::string> agents)
    : m_seed(seed)
    , m_agents(std::move(agents))
    , m_policy(GeneticSettings{})
    , m_bandit(experience, std::move(device))
{
}

Member& Population::add(VariantRecord record)
{
    auto member = std::make_unique<Member>();
    member->tuner = tunerFor(record, mix64(m_seed ^ static_cast<std::uint64_t>(record.id)));
    m_byId[record.id] = member.get();
    m_byText.try_emplace(record.normalisedHash, member.get());
    for (const VariantId parent : record.parents)
        ++m_children[parent];
    member->record = std::move(record);
    m_members.push_back(std::move(member));
    return *m_members.back();
}

bool Population::contains(const std::function<bool(const Member&)>& isMeant) const
{
    return std::ranges::any_of(m_members, [&isMeant](const auto& member) { return isMeant(*member); });
}

Member* Population::find(VariantId id)
{
    const auto found = m_byId.find(id);
    return found == m_byId.end() ? nullptr : found->second;
}

Member* Population::findText(const std::string& normalisedHash)
{
    const auto found = m_byText.find(normalisedHash);
    return found == m_byText.end() ? nullptr : found->second;
}

bool Population::record(Member& member, const EvaluationRecord& evaluation)
{
    const bool right = evaluation.verdict == Verdict::Ok && evaluation.time.has_value();
    if (member.evaluations == 0)
        member.failedFirst = !right;
    ++member.evaluations;
    if (member.tuner) {
        const auto told = member.tuner->tell(evaluation.configuration,
                                             right ? std::optional(evaluation.time->estimate) : std::nullopt);
        if (!told)
            spdlog::debug("variant {}: {}", member.record.id, told.error().toString());
    }
    EvaluationRecord kept = evaluation;
    kept.variant = member.record.id;
    m_standings.add(kept);
    const EvaluationRecord* best = m_standings.bestOf(member.record.id);
    const bool isBest =
        best != nullptr && right && best->id == evaluation.id && best->configuration == evaluation.configuration;
    if (isBest)
        member.best = std::move(kept);
    else if (best == nullptr)
        member.best.reset();
    else if (!member.best || member.best->id != best->id || member.best->configuration != best->configuration)
        member.best = *best;
    return isBest;
}

const EvaluationRecord* Population::best() const
{
    return m_standings.best([this](const EvaluationRecord& evaluation) {
        const auto member = m_byId.find(evaluation.variant);
        return member != m_byId.end() && !member->second->record.retired;
    });
}

std::vector<Member*> Population::rankedRightMembers()
{
    std::vector<Member*> ranked;
    for (const auto& member : m_members) {
        if (member->isRight() && !member->record.retired)
            ranked.push_back(member.get());
    }
    const auto merit = [](const Member* member) {
        const double speedup = member->best->speedup ? member->best->speedup->estimate : 1;
        return speedup * (member->record.favoured ? kFavourBonus : 1);
    };
    std::stable_sort(ranked.begin(), ranked.end(),
                     [&merit](const Member* a, const Member* b) { return merit(a) > merit(b); });
    return ranked;
}

/// Whether it brings neither speed nor tunables to a parent that can be tuned itself: what is learnt there holds here.
bool Population::isTunedAsItsParent(const Member& member) const
{
    const auto found = member.record.parents.empty() ? m_byId.end() : m_byId.find(member.record.parents.front());
    if (found == m_byId.end())
        return false;
    const Member& parent = *found->second;
    const bool canBeTuned = parent.isRight() && !parent.record.retired && parent.tuner && !parent.tuner->exhausted();
    return canBeTuned && parent.best->speedup && member.best->speedup
        && member.tuner->dimensions() <= parent.tuner->dimensions()
        && member.best->speedup->estimate <= kNoGain * parent.best->speedup->estimate;
}

Member* Population::chooseToTune(RandomStream& random, bool withStragglers)
{
    auto ranked = rankedRightMembers();
    const auto speedOf = [](const Member* member) {
        return member->best->speedup ? member->best->speedup->estimate : 1;
    };
    double fastest = 0;
    for (const Member* member : ranked)
        fastest = std::max(fastest, speedOf(member));
    std::erase_if(ranked, [](const Member* member) { return !member->tuner || member->tuner->exhausted(); });
    if (!withStragglers)
        std::erase_if(ranked, [&](const Member* member) {
            const double share = member->tuner->dimensions() > 1 ? kWorthTuning : kWorthTuningOne;
            return !member->record.favoured && (speedOf(member) < share * fastest || isTunedAsItsParent(*member));
        });
    return ranked.empty() ? nullptr : ranked[drawRank(std::min(ranked.size(), kElite), random)];
}

bool Population::isBestOpen(const std::vector<std::string>& agents) const
{
    const EvaluationRecord* evaluation = best();
    const auto found = evaluation == nullptr ? m_byId.end() : m_byId.find(evaluation->variant);
    if (found == m_byId.end())
        return false;
    const Member& member = *found->second;
    const auto isUnasked = [&member](const std::string& agent) { return !member.spent.contains(agent); };
    const auto isPromising = [this](const Proposal& proposal) {
        return proposal.predictedGain >= kPromising && !m_banned.contains(proposal.move);
    };
    return (member.proposals.empty() && std::ranges::any_of(agents, isUnasked))
        || std::ranges::any_of(member.proposals, isPromising);
}

bool Population::hasSomethingToTry(const Member& member, const std::string& agent) const
{
    const auto isMeant = [&agent](const std::string& one) { return agent.empty() || one == agent; };
    const bool canBeAsked = std::ranges::any_of(
        m_agents, [&](const std::string& one) { return isMeant(one) && !member.spent.contains(one); });
    return canBeAsked || std::ranges::any_of(member.proposals, [&](const Proposal& proposal) {
               return isMeant(proposal.by()) && !m_banned.contains(proposal.move);
           });
}

/// Of the proposals that are there; an agent that was not asked yet may have something.
double Population::hopeFor(const Member& member) const
{
    double most = member.proposals.empty() ? kUnaskedHope : 0;
    for (const Proposal& proposal : member.proposals)
        if (!m_banned.contains(proposal.move))
            most = std::max(most, kTrustInPredictions * std::log(std::max(proposal.predictedGain, 1.0)));
    return most;
}

Archive Population::archive(const std::string& agent) const
{
    Archive archive;
    for (const auto& member : m_members) {
        ArchiveMember seen;
        seen.id = member->record.id;
        seen.parents = member->record.parents;
        seen.move = member->record.move;
        if (member->isRight()) {
            seen.verdict = Verdict::Ok;
            // Ratios to the baseline compare what was timed hours apart.
            seen.time = 1 / (member->best->speedup ? member->best->speedup->estimate : 1.0);
        }
        const auto children = m_children.find(seen.id);
        seen.children = children == m_children.end() ? 0 : children->second;
        seen.favoured = member->record.favoured;
        seen.retired = member->record.retired;
        seen.exhausted = !hasSomethingToTry(*member, agent);
        seen.promise = hopeFor(*member);
        archive.members.push_back(std::move(seen));
    }
    return archive;
}

/// As often as it is likely to bring most, and each one now and then.
std::size_t Population::chooseAgent(const std::vector<std::string>& agents, RandomStream& random) const
{
    // No draw where there is no choice: runs of one agent stay as they are.
    if (agents.size() < 2)
        return 0;
    if (random.chance(kAgentFloor))
        return random.below(agents.size());
    std::size_t chosen = 0;
    double highest = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < agents.size(); ++i) {
        const double draw = m_agentBandit.sample(agents[i], kAnyBottleneck, random);
        if (draw > highest) {
            chosen = i;
            highest = draw;
        }
    }
    return chosen;
}

std::optional<Expansion> Population::chooseExpansion(RandomStream& random, std::vector<std::string> agents) const
{
    while (!agents.empty()) {
        const auto place = agents.begin() + static_cast<std::ptrdiff_t>(chooseAgent(agents, random));
        if (auto expansion = m_policy.expand(archive(*place), random)) {
            expansion->agent = *place;
            return expansion;
        }
        agents.erase(place);
    }
    return std::nullopt;
}

void Population::creditAgent(const std::string& agent, bool right, double logGain)
{
    m_agentBandit.record(agent, kAnyBottleneck, right, logGain);
}

double Population::promise(const Member& parent, const Proposal& proposal, RandomStream& random) const
{
    const double bonus = m_preferred.contains(proposal.move) ? std::log(kFavourBonus) : 0;
    const double predicted = std::log(std::max(1e-3, proposal.predictedGain));
    const MoveBandit::Hopes hopes{promisedBy(parent.diagnosis, proposal.move), predicted};
    return kTrustInPredictions * predicted + m_bandit.sample(proposal.move, parent.bottleneck(), random, hopes) + bonus;
}

std::optional<std::size_t> Population::mostPromising(const Member& parent,
                                                     const std::function<bool(const Proposal&)>& counts,
                                                     RandomStream& random) const
{
    std::optional<std::size_t> chosen;
    double best = 0;
    for (std::size_t i = 0; i < parent.proposals.size(); ++i) {
        const Proposal& proposal = parent.proposals[i];
        if (m_banned.contains(proposal.move) || !counts(proposal))
            continue;
        const double hope = promise(parent, proposal, random);
        if (!chosen || hope > best) {
            chosen = i;
            best = hope;
        }
    }
    return chosen;
}

/// What made a variant, back to the baseline.
std::set<std::string> Population::movesOf(VariantId variant)
{
    std::set<std::string> moves;
    const Member* member = find(variant);
    while (member != nullptr && !member->record.parents.empty()) {
        moves.insert(member->record.move);
        const VariantId parent = member->record.parents.front();
        // Parents are older; in a damaged workspace they may go round.
        member = parent < member->record.id ? find(parent) : nullptr;
    }
    return moves;
}

std::set<std::string> Population::movesToBorrow(const Expansion& expansion)
{
    std::set<std::string> moves;
    if (expansion.mode != MemoryMode::Combine || expansion.parents.size() < 2)
        return moves;
    moves = movesOf(expansion.parents[1]);
    for (const std::string& own : movesOf(expansion.parents[0]))
        moves.erase(own);
    return moves;
}

bool Population::hasProposalFor(const Expansion& expansion)
{
    const Member* parent = find(expansion.parents.front());
    return parent != nullptr
        && std::any_of(parent->proposals.begin(), parent->proposals.end(),
                       [&expansion](const Proposal& proposal) { return isMadeFor(expansion, proposal); });
}

std::optional<Proposal> Population::takeProposal(const Expansion& expansion, RandomStream& random)
{
    Member* parent = find(expansion.parents.front());
    if (parent == nullptr)
        return std::nullopt;
    auto place =
        mostPromising(*parent, [&](const Proposal& proposal) { return isMadeFor(expansion, proposal); }, random);
    VariantId partner = 0;
    if (const auto borrowed = movesToBorrow(expansion); !place && !borrowed.empty()) {
        const auto isBorrowed = [&](const Proposal& proposal) {
            return proposal.by() == expansion.agent && borrowed.contains(proposal.move);
        };
        place = mostPromising(*parent, isBorrowed, random);
        partner = place ? expansion.parents[1] : 0;
    }
    if (!place)
        place =
            mostPromising(*parent, [&](const Proposal& proposal) { return proposal.by() == expansion.agent; }, random);
    if (!place)
        return std::nullopt;
    Proposal proposal = std::move(parent->proposals[*place]);
    parent->proposals.erase(parent->proposals.begin() + static_cast<std::ptrdiff_t>(*place));
    if (partner != 0)
        proposal.partner = partner;
    return proposal;
}

void Population::credit(const std::string& move, const std::string& bottleneck, bool right, double logGain)
{
    m_bandit.record(move, bottleneck, right, logGain);
}

void Population::ban(const std::string& move, bool banned)
{
    if (banned)
        m_banned.insert(move);
    else
        m_banned.erase(move);
}

void Population::prefer(const std::string& move, bool preferred)
{
    if (preferred)
        m_preferred.insert(move);
    else
        m_preferred.erase(move);
}

}  // namespace warploom
