// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

#include "plot/SpeedupSeries.h"

namespace warploom {

class PlotTheme;

/// The drawing of SpeedupPlot: axes, marks, rug, best-so-far, crosshair, and the mouse on them. Draws only while
/// visible.
class SpeedupCanvas : public QCustomPlot {
    Q_OBJECT

public:
    explicit SpeedupCanvas(QWidget* parent = nullptr);

    /// The range goes on following the data unless a person has zoomed or panned.
    void setSeries(SpeedupSeries series);
    [[nodiscard]] const SpeedupSeries& series() const { return m_series; }
    /// The crosshair's place; 0 for none. Draws the overlay alone.
    void setSelected(EvaluationId evaluation);
    [[nodiscard]] const SpeedupPoint* selected() const { return pointOf(m_selected); }

    [[nodiscard]] const SpeedupPoint* pointOf(EvaluationId evaluation) const;
    /// The nearest mark within reach of the mouse, or null.
    [[nodiscard]] const SpeedupPoint* pointAt(QPointF place) const;
    [[nodiscard]] QPointF pixelOf(const SpeedupPoint& point) const;
    [[nodiscard]] bool isInRange(double number) const { return xAxis->range().contains(number); }
    /// Smaller the more marks are in sight.
    [[nodiscard]] int markSize() const;
    /// The step that holds at the right edge of what is in sight, or null.
    [[nodiscard]] const BestStep* bestAtEdge() const;
    [[nodiscard]] MarkPixmaps& pixmaps() { return m_pixmaps; }

    void showAll();
    /// Below 1 comes nearer.
    void zoomBy(double factor);
    /// Takes the theme's colours; draws with the next replot.
    void applyTheme();

signals:
    void evaluationClicked(EvaluationId evaluation);

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;

private:
    void setUpAxes();
    void setUpGraphs();
    void setUpItems();
    void updateBest();
    void updateRanges();
    void updateMargins();
    void queueReplot();
    [[nodiscard]] QCPRange fullRange() const;
    [[nodiscard]] QCPRange bounded(const QCPRange& range) const;
    [[nodiscard]] std::pair<std::size_t, std::size_t> pointsBetween(double first, double last) const;

    SpeedupSeries m_series;
    MarkPixmaps m_pixmaps;
    PlotTheme* m_theme = nullptr;
    QCPGraph* m_low = nullptr;
    QCPGraph* m_high = nullptr;
    QCPGraph* m_halo = nullptr;
    QCPGraph* m_best = nullptr;
    EvaluationId m_selected = 0;
    QPoint m_pressed;
};

}  // namespace warploom
