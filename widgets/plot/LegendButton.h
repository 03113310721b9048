// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QList>
#include <QToolButton>

namespace warploom {

/// One line of a legend: what is drawn around a place, and what it means.
struct LegendRow {
    QString text;
    std::function<void(QPainter&, QPointF)> paint;
};

/// Opens the legend: every mark with its meaning, the ring, the flag, and what else the view draws.
class LegendButton : public QToolButton {
    Q_OBJECT

public:
    explicit LegendButton(QList<LegendRow> own, QWidget* parent = nullptr);
    /// Shows the legend below the button; it closes with the next click or Escape.
    void popUp();

private:
    QList<LegendRow> m_own;
};

}  // namespace warploom
