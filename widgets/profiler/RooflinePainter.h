// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineF>
#include <QList>
#include <QRectF>
#include <QString>

#include "look/Theme.h"
#include "profiler/RooflineData.h"

class QPainter;

namespace warploom {

/// Where things of a roofline are in a widget.
struct RooflinePlace {
    QRectF area;
    RooflineAxes axes;

    RooflinePlace(const RooflineData& data, QRectF plot)
        : area(plot)
        , axes(data)
    {
    }

    [[nodiscard]] QPointF at(double intensity, double perSecond) const;
    /// The line of a roof, cut to the area, from left to right.
    [[nodiscard]] QLineF lineOf(const RooflineData& data, const RooflineRoof& roof) const;
};

/// "DRAM 3.35 TB/s, theoretical"
QString roofText(const RooflineRoof& roof);
/// "baseline", "selected"; empty for others.
QString roleText(RooflineRole role);

/// Draws a roofline. Texts that would cover another are left out; hovering names what they would.
class RooflinePainter {
public:
    /// \p current is the point that is read; -1: none.
    RooflinePainter(QPainter& painter, const RooflineData& data, const RooflinePlace& place, int current);

    void paint();
    /// Where marks that stand out are, and the texts after them: no text covers any of these.
    [[nodiscard]] const QList<QRectF>& texts() const { return m_texts; }

private:
    void paintAxes();
    void paintRoofs();
    void paintMemoryLabel(const RooflineRoof& roof, const QLineF& line);
    void paintComputeLabel(const RooflineRoof& roof, const QLineF& line);
    void paintOnGround(const QRectF& place, const QString& text, Token token);
    void paintPath();
    void paintPoints();
    void paintPoint(const RooflinePoint& point);
    void paintLabels();
    void paintLabel(const QString& text, QPointF point, Token token);
    void paintIdeal();
    bool claim(const QRectF& place);
    void claimMarks();
    [[nodiscard]] QColor ink() const;

    QPainter& m_painter;
    const RooflineData& m_data;
    const RooflinePlace& m_place;
    int m_current = -1;
    QList<QRectF> m_texts;
};

}  // namespace warploom
