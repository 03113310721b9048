// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "look/VerdictMark.h"

#include <array>
#include <cmath>
#include <numbers>

#include <QCoreApplication>
#include <QPainter>
#include <QPolygonF>

namespace warploom {

namespace {

constexpr double kRadius = 0.5;

struct MarkFacts {
    Token token;
    const char* name;
    const char* sign;
};

constexpr std::array<MarkFacts, kMarkCount + 1> kMarks = {{
    {Token::Ok, QT_TRANSLATE_NOOP("Mark", "verified"), "●"},
    {Token::Provisional, QT_TRANSLATE_NOOP("Mark", "right, not yet confirmed"), "○"},
    {Token::Wrong, QT_TRANSLATE_NOOP("Mark", "wrong"), "✕"},
    {Token::Error, QT_TRANSLATE_NOOP("Mark", "does not compile or launch"), "▲"},
    {Token::Timeout, QT_TRANSLATE_NOOP("Mark", "timeout or crash"), "◆"},
    {Token::Suspect, QT_TRANSLATE_NOOP("Mark", "suspect: faster than physics"), "★"},
    {Token::Modelled, QT_TRANSLATE_NOOP("Mark", "right, time modelled"), "◐"},
    {Token::Muted, QT_TRANSLATE_NOOP("Mark", "not evaluated yet"), "·"},
}};

const MarkFacts& factsOf(Mark mark) { return kMarks[static_cast<std::size_t>(mark)]; }

QPainterPath polygon(std::initializer_list<QPointF> points)
{
    QPainterPath path;
    path.addPolygon(QPolygonF(QList<QPointF>(points)));
    path.closeSubpath();
    return path;
}

QPainterPath star()
{
    QPolygonF points;
    for (int i = 0; i < 10; ++i) {
        const double angle = std::numbers::pi * (i / 5.0 - 0.5);
        const double radius = i % 2 == 0 ? 0.58 : 0.24;
        points << QPointF(radius * std::cos(angle), radius * std::sin(angle));
    }
    QPainterPath path;
    path.addPolygon(points);
    path.closeSubpath();
    return path;
}

MarkShape makeShape(Mark mark)
{
    MarkShape shape;
    QPainterPath circle;
    circle.addEllipse(QPointF(0, 0), kRadius - 0.06, kRadius - 0.06);
    switch (mark) {
    case Mark::Ok:
        shape.filled = circle;
        break;
    case Mark::Provisional:
    case Mark::None:
        shape.outline = circle;
        break;
    case Mark::Wrong:
        for (const double sign : {1.0, -1.0}) {
            shape.outline.moveTo(-0.4, -0.4 * sign);
            shape.outline.lineTo(0.4, 0.4 * sign);
        }
        break;
    case Mark::Error:
        shape.filled = polygon({{0, -0.5}, {0.5, 0.4}, {-0.5, 0.4}});
        break;
    case Mark::Timeout:
        shape.filled = polygon({{0, -0.52}, {0.52, 0}, {0, 0.52}, {-0.52, 0}});
        break;
    case Mark::Suspect:
        shape.filled = star();
        break;
    case Mark::Modelled:
        shape.outline = circle;
        shape.filled.moveTo(0, -0.44);
        shape.filled.arcTo(QRectF(-0.44, -0.44, 0.88, 0.88), 90, 180);
        shape.filled.closeSubpath();
        break;
    }
    return shape;
}

}  // namespace

Mark markOf(const EvaluationRecord& evaluation)
{
    switch (evaluation.verdict) {
    case Verdict::Ok:
        return evaluation.modelled ? Mark::Modelled : evaluation.provisional ? Mark::Provisional : Mark::Ok;
    case Verdict::Wrong:
    case Verdict::Nondeterministic:
    case Verdict::OutOfBounds:
    case Verdict::Race:
        return Mark::Wrong;
    case Verdict::Invalid:
    case Verdict::CompileError:
    case Verdict::LaunchError:
    case Verdict::NotEmulated:
        return Mark::Error;
    case Verdict::Timeout:
    case Verdict::Crashed:
        return Mark::Timeout;
    case Verdict::Suspect:
        return Mark::Suspect;
    }
    return Mark::None;
}

Token tokenOf(Mark mark) { return factsOf(mark).token; }

QString markName(Mark mark) { return QCoreApplication::translate("Mark", factsOf(mark).name); }

QString markSign(Mark mark) { return QString::fromUtf8(factsOf(mark).sign); }

const MarkShape& shapeOf(Mark mark)
{
    static const auto shapes = [] {
        std::array<MarkShape, kMarkCount + 1> made;
        for (std::size_t i = 0; i < made.size(); ++i)
            made[i] = makeShape(static_cast<Mark>(i));
        return made;
    }();
    return shapes[static_cast<std::size_t>(mark)];
}

void paintMark(QPainter& painter, QPointF center, double size, Mark mark)
{
    const QColor color = Theme::instance().color(tokenOf(mark));
    const MarkShape& shape = shapeOf(mark);
    painter.save();
    painter.translate(center);
    painter.scale(size, size);
    QPen pen(color, 0.16);
    pen.setCapStyle(Qt::RoundCap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillPath(shape.filled, color);
    painter.strokePath(shape.outline, pen);
    painter.restore();
}

}  // namespace warploom
