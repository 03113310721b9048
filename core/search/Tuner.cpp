// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Tuner.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace warploom {

namespace {

// Chosen on four brute-forced spaces (convolution, GEMM, point in polygon, dedispersion); none of them is delicate.
constexpr std::size_t kInitial = 16;  ///< random ones before either source has something to build on
constexpr std::size_t kPopulation = 20;
constexpr int kTournament = 3;
constexpr double kSmallestShare = 0.25;  ///< of the tries, for the source that does worse
constexpr double kCreditDecay = 0.95;  ///< a try: about the last twenty count
constexpr double kRankGain = 0.3;  ///< for reaching the better half of the population; a new best counts 1
constexpr int kChildAttempts = 64;
constexpr int kRandomAttempts = 1000;
/// Most configurations a tuner looks at one by one when chance finds no valid one; beyond, the space counts as
/// exhausted.
constexpr std::uint64_t kScanLimit = 1u << 18;

}  // namespace

Tuner::Tuner(SpaceIndex space, std::uint64_t seed)
    : m_space(std::move(space))
    , m_random(seed)
{
}

Result<Tuner> Tuner::make(TunableSpace space, std::uint64_t seed)
{
    WARPLOOM_TRY(SpaceIndex index, SpaceIndex::make(std::move(space)));
    return Tuner(std::move(index), seed);
}

bool Tuner::isOpen(Index index) { return !m_asked.contains(index) && m_space.isValid(index); }

std::optional<Configuration> Tuner::ask()
{
    if (m_exhausted)
        return std::nullopt;
    const auto chosen = choose();
    if (!chosen) {
        m_exhausted = true;
        return std::nullopt;
    }
    m_asked.insert(*chosen);
    return m_space.configuration(*chosen);
}

std::optional<Tuner::Index> Tuner::choose()
{
    if (!std::exchange(m_started, true) && isOpen(0)) {
        m_pending[0] = Source::Initial;
        return Index{0};
    }
    const Source source = chooseSource();
    auto index = propose(source);
    if (!index)
        index = randomUntried();
    if (!index)
        index = nextUntried();
    if (index)
        m_pending[*index] = source;
    return index;
}

Tuner::Source Tuner::chooseSource()
{
    if (m_asked.size() < kInitial || m_population.size() < 2)
        return Source::Initial;
    const auto rate = [&](Source source) { return m_credit[source].gains / m_credit[source].tries; };
    const double genetic = rate(Source::Genetic);
    const double share = genetic / (genetic + rate(Source::Local));
    return m_random.chance(std::clamp(share, kSmallestShare, 1 - kSmallestShare)) ? Source::Genetic : Source::Local;
}

std::optional<Tuner::Index> Tuner::propose(Source source)
{
    switch (source) {
    case Source::Initial:
        return randomUntried();
    case Source::Genetic:
        return genetic();
    case Source::Local:
        return local();
    }
    return std::nullopt;
}

std::optional<Tuner::Index> Tuner::randomUntried()
{
    for (int attempt = 0; attempt < kRandomAttempts; ++attempt) {
        const Index index = m_random.below(m_space.size());
        if (isOpen(index))
            return index;
    }
    return std::nullopt;
}

std::optional<Tuner::Index> Tuner::nextUntried()
{
    for (; m_cursor < std::min(m_space.size(), kScanLimit); ++m_cursor) {
        if (isOpen(m_cursor))
            return m_cursor;
    }
    return std::nullopt;
}

Tuner::Index Tuner::select()
{
    std::size_t winner = m_population.size();
    for (int i = 0; i < kTournament; ++i)
        winner = std::min(winner, static_cast<std::size_t>(m_random.below(m_population.size())));
    return m_population[winner].index;
}

Tuner::Index Tuner::cross(Index mother, Index father)
{
    auto child = m_space.positions(mother);
    const auto other = m_space.positions(father);
    for (std::size_t d = 0; d < child.size(); ++d) {
        if (m_random.chance(0.5))
            child[d] = other[d];
    }
    mutate(child);
    return m_space.indexOf(child);
}

void Tuner::mutate(SpaceIndex::Positions& positions)
{
    const double rate = 1.0 / static_cast<double>(positions.size());
    for (std::size_t d = 0; d < positions.size(); ++d) {
        if (m_random.chance(rate))
            positions[d] = static_cast<std::uint32_t>(m_random.below(m_space.extent(d)));
    }
}

std::optional<Tuner::Index> Tuner::genetic()
{
    for (int attempt = 0; attempt < kChildAttempts; ++attempt) {
        const Index child = cross(select(), select());
        if (isOpen(child))
            return child;
    }
    return std::nullopt;
}

void Tuner::climbFrom(const Individual& base)
{
    m_base = base;
    const auto around = m_space.neighbours(base.index, m_random);
    m_neighbourhood.assign(around.begin(), around.end());
}

bool Tuner::startClimb()
{
    for (const Individual& candidate : m_population) {
        if (m_climbed.contains(candidate.index))
            continue;
        climbFrom(candidate);
        return true;
    }
    return false;
}

std::optional<Tuner::Index> Tuner::local()
{
    for (;;) {
        while (!m_neighbourhood.empty()) {
            const Index index = m_neighbourhood.front();
            m_neighbourhood.pop_front();
            if (isOpen(index))
                return index;
        }
        if (m_base)
            m_climbed.insert(m_base->index);
        m_base.reset();
        if (!startClimb())
            return std::nullopt;
    }
}

void Tuner::giveCredit(const Individual& told)
{
    const auto pending = m_pending.find(told.index);
    if (pending == m_pending.end())
        return;
    const Source source = pending->second;
    m_pending.erase(pending);
    if (source == Source::Initial)
        return;
    double gain = 0;
    if (std::isfinite(told.time)) {
        const auto place = std::lower_bound(m_population.begin(), m_population.end(), told);
        const auto rank = static_cast<std::size_t>(place - m_population.begin());
        gain = rank == 0 ? 1.0 : rank < kPopulation / 2 ? kRankGain : 0.0;
    }
    Credit& credit = m_credit[source];
    credit.tries = credit.tries * kCreditDecay + 1;
    credit.gains = credit.gains * kCreditDecay + gain;
}

Result<> Tuner::tell(const Configuration& configuration, std::optional<double> time)
{
    if (time && !(std::isfinite(*time) && *time > 0))
        return fail(ErrorCode::InvalidArgument, "a time must be positive and finite");
    WARPLOOM_TRY(const Index index, m_space.indexOf(configuration));
    const Individual told{time.value_or(std::numeric_limits<double>::infinity()), index};
    m_asked.insert(index);
    ++m_told;
    giveCredit(told);
    // A second figure for the same configuration replaces the first.
    std::erase_if(m_population, [&](const Individual& known) { return known.index == index; });
    if (!time)
        return {};
    m_population.insert(std::lower_bound(m_population.begin(), m_population.end(), told), told);
    if (m_population.size() > kPopulation)
        m_population.pop_back();
    // Whoever found it: the search goes on from the better place.
    if (m_base && told.time < m_base->time)
        climbFrom(told);
    return {};
}

std::optional<std::pair<Configuration, double>> Tuner::best() const
{
    if (m_population.empty())
        return std::nullopt;
    return std::pair(m_space.configuration(m_population.front().index), m_population.front().time);
}

}  // namespace warploom
