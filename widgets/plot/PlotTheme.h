// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QCustomPlot;

namespace warploom {

/// Keeps a plot in the program's colours and fonts: ground, axes, grid. The plot owns it; what a plot draws itself asks
/// Theme.
class PlotTheme : public QObject {
    Q_OBJECT

public:
    explicit PlotTheme(QCustomPlot* plot);
    /// To be called again after axes were added; draws nothing.
    void apply();

private:
    QCustomPlot* m_plot = nullptr;
};

}  // namespace warploom
