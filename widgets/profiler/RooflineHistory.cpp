// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/RooflineHistory.h"

#include <algorithm>

#include "profiler/ProfileViews.h"

namespace warploom {

void RooflineHistory::show(VariantProfile profile, const std::string& name, VariantId variant)
{
    std::string place = profile.observation.facts.name + '\n' + profile.size;
    if (place != m_place)
        m_profiled.clear();
    else if (!m_name.empty())
        m_profiled.push_back({m_name, m_variant, dramPointOf(m_shown, m_name)});
    // A text that is profiled again stands there once.
    std::erase_if(m_profiled, [&](const Profiled& one) { return one.name == name; });
    m_place = std::move(place);
    m_shown = std::move(profile);
    m_name = name;
    m_variant = variant;
    m_ancestors.clear();
}

std::optional<RooflinePoint> RooflineHistory::pointOf(const RooflineAncestor& ancestor) const
{
    const auto found = std::find_if(m_profiled.begin(), m_profiled.end(),
                                    [&](const Profiled& one) { return one.variant == ancestor.variant; });
    std::optional<RooflinePoint> point;
    if (found != m_profiled.end())
        point = found->point;
    else if (ancestor.time)
        point = pointByWork(m_shown.observation.work, *ancestor.time);
    if (point) {
        point->name = ancestor.name;
        point->variant = ancestor.variant;
    }
    return point;
}

void RooflineHistory::addPath(RooflineData& data) const
{
    for (const RooflineAncestor& ancestor : m_ancestors) {
        auto point = pointOf(ancestor);
        if (!point)
            continue;
        point->role = &ancestor == &m_ancestors.front() ? RooflineRole::Baseline
            : &ancestor == &m_ancestors.back()          ? RooflineRole::Parent
                                                        : RooflineRole::Other;
        data.path.push_back(data.points.size());
        data.points.push_back(std::move(*point));
    }
}

RooflineData RooflineHistory::data() const
{
    const Observation& observation = m_shown.observation;
    const Peaks peaks = observation.peaks();
    RooflineData data;
    data.roofs = roofsOf(peaks);
    data.remarks = peaks.remarks();
    data.device = observation.facts.name;
    data.isModelled = observation.facts.modelled;
    data.idealUnit = peakRoofTitle(roofOf(observation.unit));
    if (observation.work.bytes() > 0 && observation.work.flops > 0)
        data.idealIntensity = observation.work.flops / observation.work.bytes();
    addPath(data);
    const auto isOnPath = [&](const Profiled& one) {
        return std::any_of(m_ancestors.begin(), m_ancestors.end(), [&](const RooflineAncestor& ancestor) {
            return one.variant != 0 && ancestor.variant == one.variant;
        });
    };
    for (const Profiled& one : m_profiled)
        if (one.point && !isOnPath(one)) {
            data.points.push_back(*one.point);
            data.points.back().variant = one.variant;
        }
    auto shown = dramPointOf(m_shown, m_name);
    if (!shown)
        return data;
    shown->role = RooflineRole::Selected;
    shown->variant = m_variant;
    if (!data.path.empty())
        data.path.push_back(data.points.size());
    data.points.push_back(*shown);
    for (RooflinePoint& point : levelPointsOf(m_shown, m_name)) {
        point.variant = m_variant;
        data.points.push_back(std::move(point));
    }
    return data;
}

}  // namespace warploom
