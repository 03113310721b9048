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

Population::Population(std::uint64_t seed)
    : m_seed(seed)
{
}

Member& Population::add(VariantRecord record)
{
    auto member = std::make_unique<Member>();
    member->tuner = tunerFor(record, mix64(m_seed ^ static_cast<std::uint64_t>(record.id)));
    m_hashes.insert(record.normalisedHash);
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

Member* Population::chooseToExpand(RandomStream& random)
{
    auto ranked = rankedRightMembers();
    std::erase_if(ranked, [](const Member* member) { return member->expanded; });
    if (ranked.empty())
        return nullptr;
    return ranked[drawRank(std::min(ranked.size(), kElite), random)];
}

double Population::moveScore(const Proposal& proposal, const Member& parent, RandomStream& random) const
{
    MoveCredit credit;
    if (const auto found = m_credit.find(proposal.move); found != m_credit.end())
        credit = found->second;
    // The prediction counts like one try that came true; noise keeps the choice from freezing.
    const double mean = (std::log(std::max(proposal.predictedGain, 1e-3)) + credit.logGain) / (1 + credit.right);
    const double chanceRight = (1 + credit.right) / (1 + credit.tries);
    const double parentSpeed = parent.best && parent.best->speedup ? std::log(parent.best->speedup->estimate) : 0;
    const double bonus = m_preferred.contains(proposal.move) ? std::log(kFavourBonus) : 0;
    return parentSpeed + mean * chanceRight + bonus + 0.3 * random.unit() / std::sqrt(1 + credit.tries);
}

std::optional<std::pair<Member*, std::size_t>> Population::chooseProposal(RandomStream& random)
{
    std::optional<std::pair<Member*, std::size_t>> chosen;
    double best = 0;
    for (const auto& member : m_members) {
        if (member->record.retired)
            continue;
        for (std::size_t i = 0; i < member->proposals.size(); ++i) {
            if (m_banned.contains(member->proposals[i].move))
                continue;
            const double score = moveScore(member->proposals[i], *member, random);
            if (!chosen || score > best) {
                chosen = {member.get(), i};
                best = score;
            }
        }
    }
    return chosen;
}

void Population::credit(const std::string& move, bool right, double logGain, double weight)
{
    MoveCredit& credit = m_credit[move];
    credit.tries += weight;
    if (right) {
        credit.right += weight;
        credit.logGain += weight * logGain;
    }
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
