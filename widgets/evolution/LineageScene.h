// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <utility>

#include <QPointF>
#include <QRectF>

#include "evolution/LineageLayout.h"
#include "protocol/Records.h"

namespace warploom {

class Lineage;

/// From places of the layout to pixels. Marks and text keep their size: zooming changes the distances only.
struct LineageCamera {
    double generationStep = 1;  ///< pixels from one generation to the next
    double laneStep = 1;  ///< pixels from one lane to the next
    QPointF origin;  ///< of generation 0, lane 0

    [[nodiscard]] QPointF toView(const NodePlace& place) const
    {
        return origin + QPointF(place.generation * generationStep, place.lane * laneStep);
    }
    [[nodiscard]] double generationAt(double x) const { return (x - origin.x()) / generationStep; }
    [[nodiscard]] double laneAt(double y) const { return (y - origin.y()) / laneStep; }
};

/// What a move did to the speedup of its parent, in one environment and beyond the noise.
enum class MoveGain {
    None,  ///< not known, or within the noise
    Better,
    Worse,
};

/// Of the evaluations that stand for a variant and its parent; null where there is none.
MoveGain gainOf(const EvaluationRecord* own, const EvaluationRecord* parent);

/// The laid out lineage: what is where, what is in sight, and what of each variant is drawn. Nodes are rows of
/// Lineage::variants().
class LineageScene {
public:
    /// Places of all nodes, and update() of the changed and of the new rows.
    void layOut(const Lineage& lineage, std::vector<std::size_t> changed);
    /// Evaluations of the changed rows, and which is the best; places stay.
    void update(const Lineage& lineage, const std::vector<std::size_t>& changed);

    [[nodiscard]] const LineageLayout& layout() const { return m_layout; }
    [[nodiscard]] std::size_t count() const { return m_layout.places.size(); }
    [[nodiscard]] std::optional<std::size_t> best() const { return m_best; }
    /// Row of the evaluation that stands for the variant; nothing before the first.
    [[nodiscard]] std::optional<std::size_t> shownAt(std::size_t row) const { return m_shown[row]; }
    [[nodiscard]] MoveGain gainAt(std::size_t row) const { return m_gains[row]; }
    [[nodiscard]] bool isOnBestPath(std::size_t row) const { return m_isOnPath[row]; }
    /// Row of the parent that the node stands beside; nothing for a root.
    [[nodiscard]] std::optional<std::size_t> parentOf(std::size_t row) const { return m_parents[row]; }
    [[nodiscard]] QPointF placeOf(std::size_t row, const LineageCamera& camera) const
    {
        return camera.toView(m_layout.places[row]);
    }

    /// Calls \p visit(row) for each node within \p rect, given in pixels.
    template <typename Visit>
    void forEachNode(const LineageCamera& camera, const QRectF& rect, Visit visit) const;
    /// Calls \p visit(row, parent) for each node whose edge to its parent may touch \p rect.
    template <typename Visit>
    void forEachEdge(const LineageCamera& camera, const QRectF& rect, Visit visit) const;

    /// The node nearest to \p place among those within \p reach: left, above, right and below of it, in pixels.
    [[nodiscard]] std::optional<std::size_t> nodeAt(const LineageCamera& camera, QPointF place,
                                                    const QRectF& reach) const;
    /// The node above (-1) or below (1) in the same generation: siblings first, they stand together.
    [[nodiscard]] std::optional<std::size_t> neighbour(std::size_t row, int step) const;
    /// The child nearest to the node's own lane.
    [[nodiscard]] std::optional<std::size_t> childOf(const Lineage& lineage, std::size_t row) const;

private:
    using Range = std::pair<std::size_t, std::size_t>;
    void updateBest(const Lineage& lineage);
    [[nodiscard]] Range generationsWithin(double first, double last) const;
    [[nodiscard]] Range nodesWithin(const std::vector<std::size_t>& generation, double first, double last) const;
    [[nodiscard]] Range edgesWithin(const std::vector<std::size_t>& generation, double first, double last) const;

    LineageLayout m_layout;
    ParentRows m_parents;
    // Asked anew for each node of each repaint, the lineage would be slow.
    std::vector<std::optional<std::size_t>> m_shown;
    std::vector<MoveGain> m_gains;
    std::vector<bool> m_isOnPath;
    std::optional<std::size_t> m_best;
};

template <typename Visit>
void LineageScene::forEachNode(const LineageCamera& camera, const QRectF& rect, Visit visit) const
{
    const auto [from, to] = generationsWithin(camera.generationAt(rect.left()), camera.generationAt(rect.right()));
    for (std::size_t i = from; i < to; ++i) {
        const auto& generation = m_layout.generations[i];
        const auto [first, last] = nodesWithin(generation, camera.laneAt(rect.top()), camera.laneAt(rect.bottom()));
        for (std::size_t node = first; node < last; ++node)
            visit(generation[node]);
    }
}

template <typename Visit>
void LineageScene::forEachEdge(const LineageCamera& camera, const QRectF& rect, Visit visit) const
{
    const auto [from, to] = generationsWithin(camera.generationAt(rect.left()), camera.generationAt(rect.right()) + 1);
    for (std::size_t i = std::max<std::size_t>(from, 1); i < to; ++i) {
        const auto& generation = m_layout.generations[i];
        const auto [first, last] = edgesWithin(generation, camera.laneAt(rect.top()), camera.laneAt(rect.bottom()));
        for (std::size_t node = first; node < last; ++node)
            visit(generation[node], *m_parents[generation[node]]);
    }
}

}  // namespace warploom
