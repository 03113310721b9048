// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/GeneticPolicy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>
#include <utility>

namespace warploom {

namespace {

constexpr VariantId kEverywhere = 0;
/// Of the parent's time: what is nearer to it is noise.
constexpr double kGained = 0.995;

/// For each variant the one that founded its island: its ancestor (or itself) that is a child of a baseline.
std::unordered_map<VariantId, VariantId> foundersOf(const Archive& archive)
{
    std::unordered_map<VariantId, VariantId> founders;
    for (const ArchiveMember& member : archive.members) {
        if (member.parents.empty()) {
            founders[member.id] = kEverywhere;
            continue;
        }
        const auto parent = founders.find(member.parents.front());
        const bool founds = parent == founders.end() || parent->second == kEverywhere;
        founders[member.id] = founds ? member.id : parent->second;
    }
    return founders;
}

}  // namespace

struct GeneticPolicy::Candidate {
    const ArchiveMember* member = nullptr;
    VariantId founder = kEverywhere;
    double score = 0;  ///< natural logarithm of speed, with what novelty, favour and earlier tries add and take
};

GeneticPolicy::GeneticPolicy(GeneticSettings settings)
    : m_settings(std::move(settings))
{
}

/// Viable variants, best first; without stragglers none that is far behind what can still be expanded.
std::vector<GeneticPolicy::Candidate> GeneticPolicy::candidates(const Archive& archive, bool withStragglers) const
{
    const auto founders = foundersOf(archive);
    std::map<std::pair<VariantId, std::string>, int> sameMove;
    std::vector<Candidate> list;
    for (const ArchiveMember& member : archive.members) {
        if (!member.isViable())
            continue;
        list.push_back({&member, founders.at(member.id), 0});
        ++sameMove[{list.back().founder, member.move}];
    }
    std::unordered_map<VariantId, double> times;
    for (const Candidate& candidate : list)
        times[candidate.member->id] = *candidate.member->time;
    for (Candidate& candidate : list) {
        const ArchiveMember& member = *candidate.member;
        const auto parent = member.parents.empty() ? times.end() : times.find(member.parents.front());
        const bool gained = parent == times.end() || *member.time < kGained * parent->second;
        candidate.score = -std::log(*member.time) + member.promise
            + m_settings.noveltyWeight / sameMove[{candidate.founder, member.move}]
            - m_settings.childrenWeight * std::log2(1.0 + member.children) + (member.favoured ? m_settings.favour : 0)
            - (gained ? 0 : m_settings.noGain);
    }
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    const auto best = std::ranges::find_if(list, [](const Candidate& one) { return !one.member->exhausted; });
    if (best != list.end() && !withStragglers) {
        const double least = best->score - m_settings.farBehind;
        std::erase_if(list, [least](const Candidate& one) { return one.score < least && !one.member->favoured; });
    }
    return list;
}

/// The best of one island drawn at random, or of all when nobody there can be expanded.
std::vector<GeneticPolicy::Candidate> GeneticPolicy::inhabitants(const std::vector<Candidate>& all,
                                                                 RandomStream& random) const
{
    // Islands stand in the order of their best; only the first few are kept alive.
    std::vector<VariantId> islands;
    for (const Candidate& candidate : all) {
        const VariantId founder = candidate.founder;
        if (founder != kEverywhere && !candidate.member->exhausted && islands.size() < m_settings.islands
            && std::find(islands.begin(), islands.end(), founder) == islands.end())
            islands.push_back(founder);
    }
    const bool everywhere = islands.empty() || all.size() < m_settings.together || random.chance(m_settings.migration);
    const VariantId island = everywhere ? kEverywhere : islands[random.below(islands.size())];
    std::vector<Candidate> best;
    for (const Candidate& candidate : all) {
        const bool here = everywhere || candidate.founder == island || candidate.founder == kEverywhere;
        if (here && !candidate.member->exhausted && best.size() < m_settings.islandSize)
            best.push_back(candidate);
    }
    return best;
}

const GeneticPolicy::Candidate* GeneticPolicy::select(const std::vector<Candidate>& among, RandomStream& random) const
{
    if (among.empty())
        return nullptr;
    std::size_t winner = among.size() - 1;
    for (int i = 0; i < m_settings.tournament; ++i)
        winner = std::min(winner, static_cast<std::size_t>(random.below(among.size())));
    return &among[winner];
}

/// A good variant of another lineage: neither ancestor-by-one-step nor child of the first.
const GeneticPolicy::Candidate* GeneticPolicy::partner(const std::vector<Candidate>& all, const Candidate& first,
                                                       RandomStream& random) const
{
    const auto isParentOf = [](const ArchiveMember& a, const ArchiveMember& b) {
        return std::find(b.parents.begin(), b.parents.end(), a.id) != b.parents.end();
    };
    std::vector<const Candidate*> strangers;
    for (const Candidate& other : all) {
        const ArchiveMember& member = *other.member;
        if (member.id == first.member->id || member.parents.empty() || isParentOf(member, *first.member)
            || isParentOf(*first.member, member) || strangers.size() >= m_settings.islandSize)
            continue;
        strangers.push_back(&other);
    }
    return strangers.empty() ? nullptr : strangers[random.below(strangers.size())];
}

std::optional<Expansion> GeneticPolicy::expand(const Archive& archive, RandomStream& random) const
{
    const std::vector<Candidate> all = candidates(archive, random.chance(m_settings.stragglers));
    const std::vector<Candidate> island = inhabitants(all, random);
    const Candidate* parent = select(island, random);
    if (parent == nullptr || m_settings.agents.empty())
        return std::nullopt;
    Expansion expansion;
    expansion.agent = m_settings.agents[random.below(m_settings.agents.size())];
    const bool start = random.chance(m_settings.freshStart);
    const bool combine = random.chance(m_settings.combination);
    const Candidate* other = combine && !parent->member->parents.empty() ? partner(all, *parent, random) : nullptr;
    const auto baseline = std::find_if(all.begin(), all.end(), [](const Candidate& candidate) {
        return candidate.member->parents.empty() && !candidate.member->exhausted;
    });
    expansion.parents = {parent->member->id};
    if (start && baseline != all.end()) {
        expansion.parents = {baseline->member->id};
        expansion.mode = MemoryMode::FreshStart;
    } else if (other != nullptr) {
        expansion.parents.push_back(other->member->id);
        expansion.mode = MemoryMode::Combine;
    } else if (parent->member->children >= m_settings.manySiblings) {
        expansion.mode = MemoryMode::CompareSiblings;
    }
    return expansion;
}

}  // namespace warploom
