// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/PlotTheme.h"

#include <qcustomplot.h>

#include "look/Theme.h"

namespace warploom {

namespace {

void applyToAxis(QCPAxis& axis)
{
    const Theme& theme = Theme::instance();
    QFont figures = theme.codeFont();
    figures.setPointSizeF(theme.captionFont().pointSizeF());
    const QPen hairline(theme.color(Token::Line), 0);
    axis.setBasePen(hairline);
    axis.setTickPen(hairline);
    axis.setSubTickPen(hairline);
    axis.setTickLabelColor(theme.color(Token::Muted));
    axis.setTickLabelFont(figures);
    axis.setLabelColor(theme.color(Token::Muted));
    axis.setLabelFont(theme.captionFont());
    axis.grid()->setPen(hairline);
    axis.grid()->setZeroLinePen(Qt::NoPen);
    axis.grid()->setSubGridVisible(false);
}

}  // namespace

PlotTheme::PlotTheme(QCustomPlot* plot)
    : QObject(plot)
    , m_plot(plot)
{
    apply();
    connect(&Theme::instance(), &Theme::changed, this, &PlotTheme::apply);
}

void PlotTheme::apply()
{
    m_plot->setBackground(QBrush(Theme::instance().color(Token::Background)));
    for (QCPAxisRect* rect : m_plot->axisRects())
        for (QCPAxis* axis : rect->axes())
            applyToAxis(*axis);
}

}  // namespace warploom
