// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "look/Icons.h"

#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>

#include "look/Theme.h"

namespace warploom {

namespace {

/// Icons are drawn on a grid of 16 units with a 1.5 unit stroke.
constexpr double kGrid = 16;
constexpr double kStroke = 1.5;

void addLines(QPainterPath& path, std::initializer_list<QPointF> points)
{
    const auto* point = points.begin();
    path.moveTo(*point);
    while (++point != points.end())
        path.lineTo(*point);
}

void addArrowHead(QPainterPath& path, QPointF tip, QPointF back)
{
    const QPointF side(-back.y(), back.x());
    addLines(path, {tip + back * 3 + side * 3, tip, tip + back * 3 - side * 3});
}

QPainterPath runPath(Icon icon)
{
    QPainterPath path;
    switch (icon) {
    case Icon::Evolve:
        addLines(path, {{4, 2.5}, {13, 8}, {4, 13.5}, {4, 2.5}});
        break;
    case Icon::Pause:
        addLines(path, {{5, 3}, {5, 13}});
        addLines(path, {{11, 3}, {11, 13}});
        break;
    case Icon::Step:
        addLines(path, {{3, 3}, {10, 8}, {3, 13}, {3, 3}});
        addLines(path, {{13, 3}, {13, 13}});
        break;
    case Icon::Stop:
        path.addRoundedRect(QRectF(3.5, 3.5, 9, 9), 1, 1);
        break;
    case Icon::Undo:
    case Icon::Redo: {
        path.moveTo(3, 7);
        path.cubicTo(6, 3, 12, 4, 12.5, 9);
        path.cubicTo(12.5, 11, 11, 13, 9, 13);
        addLines(path, {{3, 3}, {3, 7}, {7, 7}});
        break;
    }
    default:
        break;
    }
    return path;
}

QPainterPath editPath(Icon icon)
{
    QPainterPath path;
    switch (icon) {
    case Icon::Compile:
        path.addRoundedRect(QRectF(4, 4, 8, 8), 1, 1);
        for (const double at : {6.0, 10.0}) {
            addLines(path, {{at, 1.5}, {at, 4}});
            addLines(path, {{at, 12}, {at, 14.5}});
            addLines(path, {{1.5, at}, {4, at}});
            addLines(path, {{12, at}, {14.5, at}});
        }
        break;
    case Icon::Check:
        addLines(path, {{2.5, 8.5}, {6.5, 12.5}, {13.5, 4}});
        break;
    case Icon::Submit:
        addLines(path, {{8, 13}, {8, 3}});
        addArrowHead(path, {8, 3}, {0, 1});
        break;
    case Icon::Diff:
        addLines(path, {{4, 5}, {10, 5}});
        addLines(path, {{7, 2}, {7, 8}});
        addLines(path, {{4, 12}, {10, 12}});
        break;
    case Icon::Open:
        addLines(path, {{2, 13}, {2, 4}, {6, 4}, {7.5, 6}, {14, 6}, {14, 13}, {2, 13}});
        break;
    case Icon::Search:
        path.addEllipse(QPointF(7, 7), 4.2, 4.2);
        addLines(path, {{10.2, 10.2}, {14, 14}});
        break;
    default:
        break;
    }
    return path;
}

QPainterPath steerPath(Icon icon)
{
    QPainterPath path;
    switch (icon) {
    case Icon::Fork:
        path.addEllipse(QPointF(4, 3.5), 1.6, 1.6);
        path.addEllipse(QPointF(12, 5.5), 1.6, 1.6);
        path.addEllipse(QPointF(4, 12.5), 1.6, 1.6);
        addLines(path, {{4, 5.1}, {4, 10.9}});
        path.moveTo(4, 10);
        path.cubicTo(4, 8, 11, 9.5, 12, 7.1);
        break;
    case Icon::Favour:
        addLines(path, {{4, 14}, {4, 2.5}, {12.5, 2.5}, {10.5, 5.5}, {12.5, 8.5}, {4, 8.5}});
        break;
    case Icon::Retire:
        path.addEllipse(QPointF(8, 8), 5.5, 5.5);
        addLines(path, {{4.2, 11.8}, {11.8, 4.2}});
        break;
    case Icon::Guide:
        addLines(path, {{2, 3}, {14, 3}, {14, 11}, {7, 11}, {4, 14}, {4, 11}, {2, 11}, {2, 3}});
        break;
    default:
        break;
    }
    return path;
}

QPainterPath pathOf(Icon icon)
{
    QPainterPath path = runPath(icon);
    path.addPath(editPath(icon));
    path.addPath(steerPath(icon));
    return path;
}

class LineIconEngine : public QIconEngine {
public:
    explicit LineIconEngine(Icon icon)
        : m_icon(icon)
    {
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        const Theme& theme = Theme::instance();
        QColor color = theme.color(Token::Text);
        if (mode == QIcon::Disabled)
            color = theme.color(Token::Muted);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->translate(rect.topLeft());
        painter->scale(rect.width() / kGrid, rect.height() / kGrid);
        if (m_icon == Icon::Redo) {
            painter->translate(kGrid, 0);
            painter->scale(-1, 1);
        }
        painter->setPen(QPen(color, kStroke, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->drawPath(pathOf(m_icon));
        painter->restore();
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(0, 0), size), mode, state);
        return pixmap;
    }

    [[nodiscard]] QIconEngine* clone() const override { return new LineIconEngine(m_icon); }

private:
    Icon m_icon;
};

}  // namespace

QIcon icon(Icon icon) { return QIcon(new LineIconEngine(icon)); }

}  // namespace warploom
