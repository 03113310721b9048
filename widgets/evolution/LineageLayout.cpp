// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evolution/LineageLayout.h"

#include <algorithm>
#include <limits>

namespace warploom {

namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// Buchheim, Jünger and Leipert, "Improving Walker's Algorithm to Run in Linear Time" (2002), with loops over an order
/// of the nodes in place of recursion: a lineage can be as deep as it has nodes. Node count() is a root above all
/// roots.
class Walker {
public:
    explicit Walker(const ParentRows& parents);
    LineageLayout run();

private:
    struct Node {
        std::size_t parent = kNone;
        std::size_t number = 0;  ///< among its siblings
        std::size_t thread = kNone;
        std::size_t ancestor = kNone;
        double prelim = 0;
        double mod = 0;
        double shift = 0;
        double change = 0;
    };

    [[nodiscard]] std::size_t count() const { return m_nodes.size() - 1; }
    void visitFrom(std::size_t root);
    void placeChildren(std::size_t node);
    void placeChild(std::size_t node, std::size_t child, std::size_t& defaultAncestor);
    std::size_t apportion(std::size_t child, std::size_t left, std::size_t defaultAncestor);
    void moveSubtree(std::size_t left, std::size_t right, double distance);
    void executeShifts(std::size_t node);
    [[nodiscard]] double midpoint(std::size_t node) const;
    [[nodiscard]] std::size_t topmost(std::size_t node) const;
    [[nodiscard]] std::size_t lowest(std::size_t node) const;
    [[nodiscard]] std::size_t leftSibling(std::size_t node) const;
    LineageLayout collect() const;

    std::vector<Node> m_nodes;
    std::vector<std::vector<std::size_t>> m_children;
    std::vector<std::size_t> m_order;  ///< parents before their children
    std::vector<bool> m_isVisited;
};

Walker::Walker(const ParentRows& parents)
    : m_nodes(parents.size() + 1)
    , m_children(parents.size() + 1)
    , m_isVisited(parents.size() + 1)
{
    for (std::size_t row = 0; row < m_nodes.size(); ++row)
        m_nodes[row].ancestor = row;
    std::vector<std::size_t> roots;
    for (std::size_t row = 0; row < parents.size(); ++row) {
        const std::size_t parent = parents[row].value_or(kNone);
        if (parent >= parents.size())
            roots.push_back(row);
        else
            m_children[parent].push_back(row);
    }
    m_order.reserve(m_nodes.size());
    m_order.push_back(count());
    for (const std::size_t root : roots)
        visitFrom(root);
    // What no root leads to hangs on a cycle.
    for (std::size_t row = 0; row < parents.size(); ++row)
        if (!m_isVisited[row])
            visitFrom(row);
}

void Walker::visitFrom(std::size_t root)
{
    std::size_t next = m_order.size();
    m_isVisited[root] = true;
    m_nodes[root].parent = count();
    m_nodes[root].number = m_children[count()].size();
    m_children[count()].push_back(root);
    m_order.push_back(root);
    for (; next < m_order.size(); ++next) {
        auto& children = m_children[m_order[next]];
        std::erase_if(children, [this](std::size_t child) { return m_isVisited[child]; });
        for (std::size_t i = 0; i < children.size(); ++i) {
            m_isVisited[children[i]] = true;
            m_nodes[children[i]].parent = m_order[next];
            m_nodes[children[i]].number = i;
            m_order.push_back(children[i]);
        }
    }
}

LineageLayout Walker::run()
{
    for (auto node = m_order.rbegin(); node != m_order.rend(); ++node)
        placeChildren(*node);
    return collect();
}

void Walker::placeChildren(std::size_t node)
{
    if (m_children[node].empty())
        return;
    std::size_t defaultAncestor = m_children[node].front();
    for (const std::size_t child : m_children[node])
        placeChild(node, child, defaultAncestor);
    executeShifts(node);
}

void Walker::placeChild(std::size_t node, std::size_t child, std::size_t& defaultAncestor)
{
    Node& own = m_nodes[child];
    own.prelim = midpoint(child);
    if (own.number == 0)
        return;
    const std::size_t left = m_children[node][own.number - 1];
    own.mod = m_nodes[left].prelim + 1 - own.prelim;
    own.prelim += own.mod;
    defaultAncestor = apportion(child, left, defaultAncestor);
}

std::size_t Walker::apportion(std::size_t child, std::size_t left, std::size_t defaultAncestor)
{
    const std::size_t parent = m_nodes[child].parent;
    std::size_t innerRight = child;
    std::size_t outerRight = child;
    std::size_t innerLeft = left;
    std::size_t outerLeft = m_children[parent].front();
    double modInnerRight = m_nodes[child].mod;
    double modOuterRight = modInnerRight;
    double modInnerLeft = m_nodes[innerLeft].mod;
    double modOuterLeft = m_nodes[outerLeft].mod;
    while (lowest(innerLeft) != kNone && topmost(innerRight) != kNone) {
        innerLeft = lowest(innerLeft);
        innerRight = topmost(innerRight);
        outerLeft = topmost(outerLeft);
        outerRight = lowest(outerRight);
        m_nodes[outerRight].ancestor = child;
        const double distance =
            m_nodes[innerLeft].prelim + modInnerLeft - m_nodes[innerRight].prelim - modInnerRight + 1;
        if (distance > 0) {
            const std::size_t ancestor = m_nodes[innerLeft].ancestor;
            moveSubtree(m_nodes[ancestor].parent == parent ? ancestor : defaultAncestor, child, distance);
            modInnerRight += distance;
            modOuterRight += distance;
        }
        modInnerLeft += m_nodes[innerLeft].mod;
        modInnerRight += m_nodes[innerRight].mod;
        modOuterLeft += m_nodes[outerLeft].mod;
        modOuterRight += m_nodes[outerRight].mod;
    }
    if (lowest(innerLeft) != kNone && lowest(outerRight) == kNone) {
        m_nodes[outerRight].thread = lowest(innerLeft);
        m_nodes[outerRight].mod += modInnerLeft - modOuterRight;
    }
    if (topmost(innerRight) != kNone && topmost(outerLeft) == kNone) {
        m_nodes[outerLeft].thread = topmost(innerRight);
        m_nodes[outerLeft].mod += modInnerRight - modOuterLeft;
        defaultAncestor = child;
    }
    return defaultAncestor;
}

void Walker::moveSubtree(std::size_t left, std::size_t right, double distance)
{
    const auto between = static_cast<double>(m_nodes[right].number - m_nodes[left].number);
    m_nodes[right].change -= distance / between;
    m_nodes[right].shift += distance;
    m_nodes[left].change += distance / between;
    m_nodes[right].prelim += distance;
    m_nodes[right].mod += distance;
}

void Walker::executeShifts(std::size_t node)
{
    double shift = 0;
    double change = 0;
    const auto& children = m_children[node];
    for (auto child = children.rbegin(); child != children.rend(); ++child) {
        Node& own = m_nodes[*child];
        own.prelim += shift;
        own.mod += shift;
        change += own.change;
        shift += own.shift + change;
    }
}

double Walker::midpoint(std::size_t node) const
{
    const auto& children = m_children[node];
    return children.empty() ? 0 : (m_nodes[children.front()].prelim + m_nodes[children.back()].prelim) / 2;
}

std::size_t Walker::topmost(std::size_t node) const
{
    return m_children[node].empty() ? m_nodes[node].thread : m_children[node].front();
}

std::size_t Walker::lowest(std::size_t node) const
{
    return m_children[node].empty() ? m_nodes[node].thread : m_children[node].back();
}

LineageLayout Walker::collect() const
{
    LineageLayout layout;
    layout.places.resize(count());
    std::vector<double> offsets(m_nodes.size());
    double least = 0;
    for (const std::size_t node : m_order) {
        if (node == count())
            continue;
        const Node& own = m_nodes[node];
        const bool isRoot = own.parent == count();
        const int generation = isRoot ? 0 : layout.places[own.parent].generation + 1;
        const double offset = offsets[own.parent];
        offsets[node] = offset + own.mod;
        layout.places[node] = {generation, own.prelim + offset};
        least = std::min(least, own.prelim + offset);
        if (static_cast<std::size_t>(generation) == layout.generations.size())
            layout.generations.emplace_back();
        layout.generations[static_cast<std::size_t>(generation)].push_back(node);
    }
    for (NodePlace& place : layout.places) {
        place.lane -= least;
        layout.lanes = std::max(layout.lanes, place.lane);
    }
    return layout;
}

}  // namespace

LineageLayout layoutLineage(const ParentRows& parents) { return Walker(parents).run(); }

}  // namespace warploom
