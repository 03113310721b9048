// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace warploom {

/// Row of each node's parent; nothing for a root.
using ParentRows = std::vector<std::optional<std::size_t>>;

/// Where a node stands: generations from left to right, lanes from top to bottom.
struct NodePlace {
    int generation = 0;
    double lane = 0;  ///< from 0; two nodes of one generation are at least 1 apart
};

struct LineageLayout {
    std::vector<NodePlace> places;  ///< by row
    std::vector<std::vector<std::size_t>> generations;  ///< rows of each generation by lane
    double lanes = 0;  ///< of the lowest node
};

/// Packs the trees as closely as they go, children around their parent in the order of their rows. A parent that is no
/// row makes a root, and so does one node of each cycle. Linear in the number of nodes, however deep.
LineageLayout layoutLineage(const ParentRows& parents);

}  // namespace warploom
