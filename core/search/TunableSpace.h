// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/Random.h"
#include "base/Result.h"
#include "protocol/Records.h"

namespace warploom {

struct Tunable {
    std::string name;
    std::vector<std::int64_t>
        values;  ///< in an order that means something (neighbours are alike); the first is the default
};

/// The configurations of one variant.
struct TunableSpace {
    std::vector<Tunable> tunables;
    std::function<bool(const Configuration&)> valid;  ///< empty: all are
};

/// Configurations as numbers: mixed radix over the positions of the values, so that 0 is the default.
class SpaceIndex {
public:
    using Index = std::uint64_t;
    using Positions = std::vector<std::uint32_t>;

    /// InvalidArgument for a tunable without values, with one value twice, for two of one name, or more than 2^48
    /// configurations.
    static Result<SpaceIndex> make(TunableSpace space);

    /// Configurations before `valid`; 1 for a space without tunables.
    [[nodiscard]] Index size() const { return m_size; }
    [[nodiscard]] std::size_t dimensions() const { return m_space.tunables.size(); }
    [[nodiscard]] std::uint32_t extent(std::size_t dimension) const;
    [[nodiscard]] bool isValid(Index index) const;
    [[nodiscard]] Configuration configuration(Index index) const;
    /// NotFound for a configuration that is not of this space.
    [[nodiscard]] Result<Index> indexOf(const Configuration& configuration) const;
    [[nodiscard]] Positions positions(Index index) const;
    [[nodiscard]] Index indexOf(const Positions& positions) const;
    /// All that differ in one tunable, valid or not, shuffled; adjacent values come first.
    [[nodiscard]] std::vector<Index> neighbours(Index index, RandomStream& random) const;

private:
    TunableSpace m_space;
    Index m_size = 1;
};

}  // namespace warploom
