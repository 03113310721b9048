// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/MarkPixmaps.h"

#include <cmath>

#include <QPainter>

namespace warploom {

namespace {

constexpr double kRetiredOpacity = 0.35;

/// A star and a round cap reach out of the unit square.
int sideOf(int size) { return static_cast<int>(std::ceil(size * 1.3)) + 2; }

QPixmap paintPixmap(int size, Mark mark, MarkTone tone, qreal ratio)
{
    const int side = sideOf(size);
    QPixmap pixmap(QSize(side, side) * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    if (tone == MarkTone::Faded)
        painter.setOpacity(kRetiredOpacity);
    paintMark(painter, QPointF(side, side) / 2, size, mark);
    if (tone == MarkTone::Muted) {
        painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
        painter.fillRect(0, 0, side, side, Theme::instance().color(Token::Muted));
    }
    return pixmap;
}

void paintRing(QPainter& painter, QPointF center, double radius, const QPen& pen)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(center, radius, radius);
    painter.restore();
}

}  // namespace

const QPixmap& MarkPixmaps::pixmap(int size, Mark mark, MarkTone tone, qreal ratio)
{
    QPixmap& cached = m_pixmaps[{size, mark, tone, ratio}];
    if (cached.isNull())
        cached = paintPixmap(size, mark, tone, ratio);
    return cached;
}

void MarkPixmaps::draw(QPainter& painter, QPointF center, int size, Mark mark, MarkTone tone)
{
    const qreal ratio = painter.device()->devicePixelRatioF();
    const double half = sideOf(size) / 2.0;
    const QPointF corner(std::round((center.x() - half) * ratio) / ratio,
                         std::round((center.y() - half) * ratio) / ratio);
    painter.drawPixmap(corner, pixmap(size, mark, tone, ratio));
}

void paintBestRing(QPainter& painter, QPointF center, double size)
{
    paintRing(painter, center, size / 2 + 2.5, QPen(Theme::instance().color(Token::Text), 1.5));
}

void paintSelectionRing(QPainter& painter, QPointF center, double size)
{
    paintRing(painter, center, size / 2 + 5, QPen(Theme::instance().color(Token::Accent), 2));
}

void paintFavourFlag(QPainter& painter, QPointF center, double size)
{
    const QColor color = Theme::instance().color(Token::Text);
    const QPointF foot = center + QPointF(size / 2, -size / 4);
    const QPointF top = foot - QPointF(0, 9);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color, 1.2));
    painter.drawLine(foot, top);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawPolygon(QPolygonF({top, top + QPointF(6, 2.5), top + QPointF(0, 5)}));
    painter.restore();
}

}  // namespace warploom
