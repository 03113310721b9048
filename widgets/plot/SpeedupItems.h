// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

#include "plot/SpeedupSeries.h"

namespace warploom {

class SpeedupCanvas;

/// Pixels of the rug under the axis: one lane for each kind of failure.
int rugHeight(const SpeedupSeries& series);
/// Middle of a mark's lane, in pixels below the axis rectangle.
double rugLane(const SpeedupSeries& series, Mark mark);
/// Widths of the words left of the rug and right of the lines, in pixels.
int rugLabelWidth(const SpeedupSeries& series);
int edgeLabelWidth(const SpeedupSeries& series);

/// Something that the canvas draws itself. Owned by the plot.
class SpeedupItem : public QCPAbstractItem {
public:
    explicit SpeedupItem(SpeedupCanvas& canvas);
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    [[nodiscard]] SpeedupCanvas& canvas() const { return m_canvas; }

private:
    SpeedupCanvas& m_canvas;
};

/// Baseline, rug's border, and the labels of lines at the edges.
class SpeedupFrame : public SpeedupItem {
public:
    using SpeedupItem::SpeedupItem;

protected:
    void draw(QCPPainter* painter) override;

private:
    void drawBaseline(QCPPainter& painter) const;
    void drawRugLabel(QCPPainter& painter) const;
    void drawEdgeLabels(QCPPainter& painter) const;
    void drawEmpty(QCPPainter& painter) const;
};

/// Every evaluation in sight.
class SpeedupMarks : public SpeedupItem {
public:
    using SpeedupItem::SpeedupItem;

protected:
    void draw(QCPPainter* painter) override;

private:
    void drawTone(QCPPainter& painter, bool isFull) const;
};

/// The evaluations that were the best of their time, over the line that goes through them.
class SpeedupSteps : public SpeedupItem {
public:
    using SpeedupItem::SpeedupItem;

protected:
    void draw(QCPPainter* painter) override;
};

/// What moves without the data: crosshair, and the ring round the best.
class SpeedupOverlay : public SpeedupItem {
public:
    using SpeedupItem::SpeedupItem;

protected:
    void draw(QCPPainter* painter) override;
};

}  // namespace warploom
