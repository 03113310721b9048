// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/Population.h"

#include <algorithm>
#include <cmath>

#include "variant/LaunchPlan.h"

namespace warploom {

namespace {

// Members below this share of the best's speed are tuned and expanded only when nothing better is left.
constexpr std::size_t kElite = 8;
constexpr double kFavourBonus = 2;
// An agent's prediction is a hope: half of it (as a logarithm) counts beside what the move has brought.
constexpr double kTrustInPredictions = 0.5;

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

/// Index drawn so that each place is half as likely as the one before.
std::size_t drawRank(std::size_t count, RandomStream& random)
{
    std::size_t rank = 0;
    while (rank + 1 < count && random.chance(0.5))
        ++rank;
    return rank;
}

}  // namespace

Population::Population(std::uint64_t seed, const std::vector<ExperienceRecord>& experience, std::string device)
    : m_seed(seed)
    , m_policy(GeneticSettings{})
    , m_bandit(experience, std::move(device))
{
}

Member& Population::add(VariantRecord record)
{
    auto member = std::make_unique<Member>();
    member->tuner = tunerFor(record, mix64(m_seed ^ static_cast<std::uint64_t>(record.id)));
    m_hashes.insert(record.normalisedHash);
    for (const VariantId parent : record.parents)
        ++m_children[parent];
    member->record = std::move(record);
    m_members.push_back(std::move(member));
    return *m_members.back();
}

Member* Population::find(VariantId id)
{
    for (const auto& member : m_members) {
        if (member->record.id == id)
            return member.get();
    }
    return nullptr;
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
            return false;
    }
    if (!right)
        return false;
    const bool better = !member.best || !member.best->speedup || !evaluation.speedup
        || evaluation.speedup->estimate > member.best->speedup->estimate;
    if (better)
        member.best = evaluation;
    return better;
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

Member* Population::chooseToTune(RandomStream& random)
{
    auto ranked = rankedRightMembers();
    std::erase_if(ranked, [](const Member* member) { return !member->tuner || member->tuner->exhausted(); });
    if (ranked.empty())
        return nullptr;
    return ranked[drawRank(std::min(ranked.size(), kElite), random)];
}

bool Population::hasSomethingToTry(const Member& member) const
{
    return !member.expanded
        || std::any_of(member.proposals.begin(), member.proposals.end(),
                       [this](const Proposal& proposal) { return !m_banned.contains(proposal.move); });
}

Archive Population::archive() const
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
        seen.exhausted = !hasSomethingToTry(*member);
        archive.members.push_back(std::move(seen));
    }
    return archive;
}

Member* Population::chooseParent(RandomStream& random)
{
    const auto expansion = m_policy.expand(archive(), random);
    return expansion ? find(expansion->parents.front()) : nullptr;
}

double Population::promise(const Proposal& proposal, RandomStream& random) const
{
    const double bonus = m_preferred.contains(proposal.move) ? std::log(kFavourBonus) : 0;
    return kTrustInPredictions * std::log(std::max(proposal.predictedGain, 1e-3))
        + m_bandit.sample(proposal.move, kAnyBottleneck, random) + bonus;
}

std::optional<std::size_t> Population::chooseProposal(const Member& parent, RandomStream& random) const
{
    std::optional<std::size_t> chosen;
    double best = 0;
    for (std::size_t i = 0; i < parent.proposals.size(); ++i) {
        if (m_banned.contains(parent.proposals[i].move))
            continue;
        const double hope = promise(parent.proposals[i], random);
        if (!chosen || hope > best) {
            chosen = i;
            best = hope;
        }
    }
    return chosen;
}

void Population::credit(const std::string& move, bool right, double logGain)
{
    m_bandit.record(move, kAnyBottleneck, right, logGain);
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
