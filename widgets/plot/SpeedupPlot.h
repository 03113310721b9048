// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QTimer>
#include <QWidget>

#include "protocol/Records.h"

class QLabel;
class QStackedWidget;

namespace warploom {

class LiveLineage;
class Selection;
class SpeedupCanvas;
struct SpeedupSeries;

/// Speedup over the run: one mark an evaluation, best-so-far with its interval, failures in a rug under the axis.
/// Measured and modelled figures are never on one axis. Nothing is computed or drawn while it is hidden.
class SpeedupPlot : public QWidget {
    Q_OBJECT

public:
    SpeedupPlot(LiveLineage& lineage, Selection& selection, QWidget* parent = nullptr);

    /// What is drawn now.
    [[nodiscard]] const SpeedupSeries& series() const;
    /// Where an evaluation's mark is in this widget; nothing where it is left out.
    [[nodiscard]] std::optional<QPointF> placeOf(EvaluationId evaluation) const;

signals:
    /// A mark was clicked, or reached with the keys; it is selected already.
    void evaluationChosen(EvaluationId evaluation);

protected:
    void showEvent(QShowEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void setUpViews();
    void setUpConnections();
    void invalidate();
    void refresh();
    void updateWords();
    void showSelection();
    void choose(EvaluationId evaluation);
    void walk(int step);
    void showToolTip(QPoint place, QPoint globalPlace);

    LiveLineage& m_lineage;
    Selection& m_selection;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_empty = nullptr;
    QLabel* m_caption = nullptr;
    SpeedupCanvas* m_canvas = nullptr;
    QTimer m_refreshSoon;
    bool m_isStale = true;
};

}  // namespace warploom
