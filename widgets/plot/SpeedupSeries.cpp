// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/SpeedupSeries.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "engine/Lineage.h"

namespace warploom {

namespace {

bool hasFigure(const EvaluationRecord& evaluation)
{
    const bool counts = evaluation.verdict == Verdict::Ok || evaluation.verdict == Verdict::Suspect;
    return counts && evaluation.speedup && evaluation.speedup->estimate > 0;
}

/// What stands is best-so-far's to choose from.
bool stands(const EvaluationRecord& evaluation)
{
    return evaluation.verdict == Verdict::Ok && hasFigure(evaluation) && evaluation.time;
}

/// Greater is better.
auto worth(const EvaluationRecord& evaluation)
{
    return std::tuple(evaluation.speedup ? evaluation.speedup->low : 0,
                      evaluation.time ? -evaluation.time->estimate : 0, -evaluation.id);
}

/// The best of the evaluations that stand, by the rule of Standings, which must look at all of them for each answer.
class BestSoFar {
public:
    void add(const EvaluationRecord& evaluation, bool isRetired)
    {
        const EvaluationRecord*& latest = m_latest[evaluation.variant][&evaluation.configuration];
        if (latest != nullptr)
            m_standing.erase(latest);
        latest = &evaluation;
        if (stands(evaluation) && !isRetired)
            m_standing.insert(&evaluation);
    }

    [[nodiscard]] const EvaluationRecord* best() const { return m_standing.empty() ? nullptr : *m_standing.begin(); }

private:
    struct IsBetter {
        bool operator()(const EvaluationRecord* a, const EvaluationRecord* b) const { return worth(*a) > worth(*b); }
    };
    struct IsBefore {
        bool operator()(const Configuration* a, const Configuration* b) const { return *a < *b; }
    };

    std::unordered_map<VariantId, std::map<const Configuration*, const EvaluationRecord*, IsBefore>> m_latest;
    std::set<const EvaluationRecord*, IsBetter> m_standing;
};

void chooseEnvironment(SpeedupSeries& series, const Lineage& lineage)
{
    const auto& evaluations = lineage.evaluations();
    auto latest = std::find_if(evaluations.rbegin(), evaluations.rend(), stands);
    if (latest == evaluations.rend())
        latest = std::find_if(evaluations.rbegin(), evaluations.rend(), hasFigure);
    if (latest == evaluations.rend())
        return;
    series.environment = latest->environment;
    series.modelled = latest->modelled;
}

MarkTone toneOf(const SpeedupSeries& series, const EvaluationRecord& evaluation, bool isRetired)
{
    if (series.environment != 0 && evaluation.environment != series.environment)
        return MarkTone::Muted;
    return isRetired ? MarkTone::Faded : MarkTone::Full;
}

void noteFigure(SpeedupSeries& series, const SpeedupPoint& point)
{
    ++series.figures;
    if (point.tone == MarkTone::Muted)
        ++series.muted;
    series.lowest = std::min(series.lowest, point.speedup);
    series.highest = std::max(series.highest, point.speedup);
}

void noteBest(SpeedupSeries& series, const EvaluationRecord* best)
{
    constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
    const EvaluationId before = series.best.empty() ? 0 : series.best.back().evaluation;
    if (before != (best == nullptr ? 0 : best->id))
        series.best.push_back(best == nullptr ? BestStep{0, series.evaluations, {kNothing, kNothing, kNothing}}
                                              : BestStep{best->id, series.evaluations, *best->speedup});
}

void noteInRug(SpeedupSeries& series, Mark mark)
{
    auto& lanes = series.rugLanes;
    const auto place = std::lower_bound(lanes.begin(), lanes.end(), mark);
    if (place == lanes.end() || *place != mark)
        lanes.insert(place, mark);
}

void add(SpeedupSeries& series, const EvaluationRecord& evaluation, bool isRetired)
{
    ++series.evaluations;
    SpeedupPoint point{evaluation.id, series.evaluations, 0, markOf(evaluation), toneOf(series, evaluation, isRetired)};
    if (hasFigure(evaluation)) {
        if (evaluation.modelled != series.modelled) {
            ++series.leftOut;
            return;
        }
        point.speedup = evaluation.speedup->estimate;
        noteFigure(series, point);
    } else {
        noteInRug(series, point.mark);
    }
    series.points.push_back(point);
}

}  // namespace

SpeedupSeries speedupSeries(const Lineage& lineage)
{
    SpeedupSeries series;
    chooseEnvironment(series, lineage);
    series.points.reserve(lineage.evaluations().size());
    BestSoFar bestSoFar;
    for (const EvaluationRecord& evaluation : lineage.evaluations()) {
        const VariantRecord* variant = lineage.find(evaluation.variant);
        const bool isRetired = variant != nullptr && variant->retired;
        add(series, evaluation, isRetired);
        if (evaluation.environment != series.environment)
            continue;
        bestSoFar.add(evaluation, isRetired);
        noteBest(series, bestSoFar.best());
    }
    return series;
}

}  // namespace warploom
