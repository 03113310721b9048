// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/TunableSpace.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr SpaceIndex::Index kLargestSpace = SpaceIndex::Index{1} << 48;

}  // namespace

Result<SpaceIndex> SpaceIndex::make(TunableSpace space)
{
    SpaceIndex index;
    std::set<std::string> names;
    for (const Tunable& tunable : space.tunables) {
        const std::set<std::int64_t> distinct(tunable.values.begin(), tunable.values.end());
        if (tunable.values.empty() || distinct.size() != tunable.values.size())
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("tunable {} needs at least one value and none twice", tunable.name));
        if (!names.insert(tunable.name).second)
            return fail(ErrorCode::InvalidArgument, fmt::format("there are two tunables {}", tunable.name));
        if (tunable.values.size() > kLargestSpace / index.m_size)
            return fail(ErrorCode::InvalidArgument, "the tunables have more than 2^48 configurations");
        index.m_size *= tunable.values.size();
    }
    index.m_space = std::move(space);
    return index;
}

std::uint32_t SpaceIndex::extent(std::size_t dimension) const
{
    return static_cast<std::uint32_t>(m_space.tunables[dimension].values.size());
}

bool SpaceIndex::isValid(Index index) const { return !m_space.valid || m_space.valid(configuration(index)); }

Configuration SpaceIndex::configuration(Index index) const
{
    Configuration configuration;
    for (const Tunable& tunable : m_space.tunables) {
        configuration[tunable.name] = tunable.values[index % tunable.values.size()];
        index /= tunable.values.size();
    }
    return configuration;
}

Result<SpaceIndex::Index> SpaceIndex::indexOf(const Configuration& configuration) const
{
    Positions positions;
    for (const Tunable& tunable : m_space.tunables) {
        const auto given = configuration.find(tunable.name);
        const auto value = given == configuration.end()
            ? tunable.values.end()
            : std::find(tunable.values.begin(), tunable.values.end(), given->second);
        if (value == tunable.values.end())
            return fail(ErrorCode::NotFound, fmt::format("the configuration has no legal value of {}", tunable.name));
        positions.push_back(static_cast<std::uint32_t>(value - tunable.values.begin()));
    }
    if (configuration.size() != positions.size())
        return fail(ErrorCode::NotFound, "the configuration has tunables that the variant lacks");
    return indexOf(positions);
}

SpaceIndex::Positions SpaceIndex::positions(Index index) const
{
    Positions positions;
    for (std::size_t d = 0; d < dimensions(); ++d) {
        positions.push_back(static_cast<std::uint32_t>(index % extent(d)));
        index /= extent(d);
    }
    return positions;
}

SpaceIndex::Index SpaceIndex::indexOf(const Positions& positions) const
{
    Index index = 0;
    for (std::size_t d = dimensions(); d-- > 0;)
        index = index * extent(d) + positions[d];
    return index;
}

std::vector<SpaceIndex::Index> SpaceIndex::neighbours(Index index, RandomStream& random) const
{
    std::vector<Index> adjacent;
    std::vector<Index> further;
    Positions positions = this->positions(index);
    for (std::size_t d = 0; d < dimensions(); ++d) {
        const std::uint32_t here = positions[d];
        for (std::uint32_t there = 0; there < extent(d); ++there) {
            if (there == here)
                continue;
            positions[d] = there;
            (there + 1 == here || there == here + 1 ? adjacent : further).push_back(indexOf(positions));
        }
        positions[d] = here;
    }
    random.shuffle(adjacent);
    random.shuffle(further);
    adjacent.insert(adjacent.end(), further.begin(), further.end());
    return adjacent;
}

}  // namespace warploom
