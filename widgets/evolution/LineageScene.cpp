// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evolution/LineageScene.h"

#include <algorithm>
#include <cmath>

#include <QLineF>

#include "engine/Lineage.h"

namespace warploom {

namespace {

/// The margin that timing decides with, too.
constexpr double kNoise = 1.005;

const Interval* figureOf(const EvaluationRecord* evaluation)
{
    const bool counts = evaluation != nullptr && evaluation->verdict == Verdict::Ok && evaluation->speedup;
    return counts ? &*evaluation->speedup : nullptr;
}

}  // namespace

MoveGain gainOf(const EvaluationRecord* own, const EvaluationRecord* parent)
{
    const Interval* speedup = figureOf(own);
    const Interval* before = figureOf(parent);
    if (speedup == nullptr || before == nullptr || own->environment != parent->environment)
        return MoveGain::None;
    if (speedup->low > before->high * kNoise)
        return MoveGain::Better;
    return speedup->high * kNoise < before->low ? MoveGain::Worse : MoveGain::None;
}

void LineageScene::layOut(const Lineage& lineage, std::vector<std::size_t> changed)
{
    for (std::size_t row = m_parents.size(); row < lineage.variants().size(); ++row)
        changed.push_back(row);
    m_parents.assign(lineage.variants().size(), std::nullopt);
    for (std::size_t row = 0; row < m_parents.size(); ++row)
        m_parents[row] = lineage.parentOf(row);
    m_layout = layoutLineage(m_parents);
    // The node that a cycle was cut at stands as a root.
    for (std::size_t row = 0; row < m_parents.size(); ++row)
        if (m_layout.places[row].generation == 0)
            m_parents[row].reset();
    m_shown.resize(count());
    m_gains.resize(count(), MoveGain::None);
    update(lineage, changed);
}

void LineageScene::update(const Lineage& lineage, const std::vector<std::size_t>& changed)
{
    const auto shownAt = [&](std::size_t row) {
        return m_shown[row] ? &lineage.evaluations()[*m_shown[row]] : nullptr;
    };
    const auto updateGain = [&](std::size_t row) {
        m_gains[row] = m_parents[row] ? gainOf(shownAt(row), shownAt(*m_parents[row])) : MoveGain::None;
    };
    for (const std::size_t row : changed) {
        const EvaluationRecord* shown = row < count() ? lineage.shownEvaluation(row) : nullptr;
        if (shown != nullptr)
            m_shown[row] = lineage.rowOfEvaluation(shown->id);
    }
    for (const std::size_t row : changed) {
        if (row >= count())
            continue;
        updateGain(row);
        for (const std::size_t child : lineage.childrenOf(row))
            if (child < count())
                updateGain(child);
    }
    updateBest(lineage);
}

void LineageScene::updateBest(const Lineage& lineage)
{
    m_isOnPath.assign(count(), false);
    const EvaluationRecord* best = lineage.best();
    m_best = best == nullptr ? std::nullopt : lineage.rowOf(best->variant);
    if (m_best && *m_best >= count())
        m_best.reset();
    for (auto row = m_best; row; row = m_parents[*row])
        m_isOnPath[*row] = true;
}

LineageScene::Range LineageScene::generationsWithin(double first, double last) const
{
    const auto count = static_cast<double>(m_layout.generations.size());
    const double from = std::clamp(std::ceil(first), 0.0, count);
    const double to = std::clamp(std::floor(last) + 1, from, count);
    return {static_cast<std::size_t>(from), static_cast<std::size_t>(to)};
}

LineageScene::Range LineageScene::nodesWithin(const std::vector<std::size_t>& generation, double first,
                                              double last) const
{
    const auto lane = [this](std::size_t row) { return m_layout.places[row].lane; };
    const auto from = std::ranges::lower_bound(generation, first, {}, lane);
    const auto to = std::ranges::upper_bound(from, generation.end(), last, {}, lane);
    return {static_cast<std::size_t>(from - generation.begin()), static_cast<std::size_t>(to - generation.begin())};
}

LineageScene::Range LineageScene::edgesWithin(const std::vector<std::size_t>& generation, double first,
                                              double last) const
{
    // Edges never cross: the lanes of both ends grow along a generation.
    const auto lower = [this](std::size_t row) {
        return std::max(m_layout.places[row].lane, m_layout.places[*m_parents[row]].lane);
    };
    const auto upper = [this](std::size_t row) {
        return std::min(m_layout.places[row].lane, m_layout.places[*m_parents[row]].lane);
    };
    const auto from = std::ranges::lower_bound(generation, first, {}, lower);
    const auto to = std::ranges::upper_bound(from, generation.end(), last, {}, upper);
    return {static_cast<std::size_t>(from - generation.begin()), static_cast<std::size_t>(to - generation.begin())};
}

std::optional<std::size_t> LineageScene::nodeAt(const LineageCamera& camera, QPointF place, const QRectF& reach) const
{
    // A node whose reach, seen from it, holds the place.
    const QRectF around(place - reach.bottomRight(), place - reach.topLeft());
    std::optional<std::size_t> nearest;
    double shortest = HUGE_VAL;
    forEachNode(camera, around, [&](std::size_t row) {
        const double distance = QLineF(place, placeOf(row, camera)).length();
        if (distance < shortest)
            nearest = row;
        shortest = std::min(shortest, distance);
    });
    return nearest;
}

std::optional<std::size_t> LineageScene::neighbour(std::size_t row, int step) const
{
    const NodePlace& place = m_layout.places[row];
    const auto& generation = m_layout.generations[static_cast<std::size_t>(place.generation)];
    const auto own = std::ranges::lower_bound(generation, place.lane, {},
                                              [this](std::size_t other) { return m_layout.places[other].lane; });
    const auto next = own - generation.begin() + step;
    if (next < 0 || next >= std::ssize(generation))
        return std::nullopt;
    return generation[static_cast<std::size_t>(next)];
}

std::optional<std::size_t> LineageScene::childOf(const Lineage& lineage, std::size_t row) const
{
    std::optional<std::size_t> nearest;
    const auto distance = [&](std::size_t child) {
        return std::abs(m_layout.places[child].lane - m_layout.places[row].lane);
    };
    for (const std::size_t child : lineage.childrenOf(row)) {
        if (child >= count() || m_parents[child] != row)
            continue;
        if (!nearest || distance(child) < distance(*nearest))
            nearest = child;
    }
    return nearest;
}

}  // namespace warploom
