// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "plot/MarkPixmaps.h"
#include "protocol/Records.h"

namespace warploom {

class Lineage;

/// One evaluation as the plot shows it.
struct SpeedupPoint {
    EvaluationId evaluation = 0;
    double number = 0;  ///< of the evaluation, from 1: its place on the x axis
    double speedup = 0;  ///< 0: no figure, its place is the rug
    Mark mark = Mark::None;
    MarkTone tone = MarkTone::Full;

    [[nodiscard]] bool hasFigure() const { return speedup > 0; }
};

/// From this number on, this is the best: until the next step, which may be a lower one where a later evaluation took a
/// figure back.
struct BestStep {
    EvaluationId evaluation = 0;  ///< 0: nothing stands
    double number = 0;  ///< of the evaluation that made it so
    Interval speedup;  ///< not a number where nothing stands
};

/// Speedup over the run, of one kind of figure: measured and modelled ones are never mixed.
struct SpeedupSeries {
    std::vector<SpeedupPoint> points;  ///< by number
    std::vector<BestStep> best;  ///< by the rule of Standings, in one environment, of variants that are not retired
    std::vector<Mark> rugLanes;  ///< marks that the rug holds, each in a lane of its own
    double evaluations = 0;  ///< of all kinds
    double lowest = 1;  ///< of the figures and the baseline
    double highest = 1;
    bool modelled = false;
    EnvironmentId environment = 0;  ///< whose figures are compared; 0 without a figure
    int figures = 0;
    int leftOut = 0;  ///< figures of the other kind
    int muted = 0;  ///< figures of the same kind and another environment

    /// Null where nothing stands.
    [[nodiscard]] const BestStep* latestBest() const
    {
        return best.empty() || best.back().evaluation == 0 ? nullptr : &best.back();
    }
};

/// Takes the kind and environment of the latest right figure.
SpeedupSeries speedupSeries(const Lineage& lineage);

}  // namespace warploom
