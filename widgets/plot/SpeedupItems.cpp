// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/SpeedupItems.h"

#include <algorithm>

#include "look/Figures.h"
#include "plot/SpeedupCanvas.h"

namespace warploom {

namespace {

constexpr int kLaneHeight = 11;
constexpr int kRugMargin = 4;

QString words(const char* text) { return QCoreApplication::translate("SpeedupPlot", text); }

QFont figureFont()
{
    QFont font = Theme::instance().codeFont();
    font.setPointSizeF(Theme::instance().captionFont().pointSizeF());
    return font;
}

QString rugLabel(const SpeedupSeries& series)
{
    const bool onlyFailures = std::none_of(series.rugLanes.begin(), series.rugLanes.end(), [](Mark mark) {
        return mark == Mark::Ok || mark == Mark::Provisional || mark == Mark::Modelled || mark == Mark::Suspect;
    });
    if (series.rugLanes.empty())
        return {};
    return onlyFailures ? words("failed") : words("no time");
}

QString bestFigure(const Interval& speedup) { return words("best %1×").arg(threeDigits(speedup.estimate)); }

QString bestInterval(const Interval& speedup, bool modelled)
{
    return modelled ? words("modelled")
                    : QStringLiteral("[%1, %2]").arg(threeDigits(speedup.low), threeDigits(speedup.high));
}

}  // namespace

int rugHeight(const SpeedupSeries& series)
{
    const auto lanes = static_cast<int>(series.rugLanes.size());
    return lanes == 0 ? 0 : lanes * kLaneHeight + 2 * kRugMargin;
}

double rugLane(const SpeedupSeries& series, Mark mark)
{
    const auto lane = std::find(series.rugLanes.begin(), series.rugLanes.end(), mark) - series.rugLanes.begin();
    return kRugMargin + kLaneHeight * (static_cast<double>(lane) + 0.5);
}

int rugLabelWidth(const SpeedupSeries& series)
{
    return QFontMetrics(Theme::instance().captionFont()).horizontalAdvance(rugLabel(series));
}

int edgeLabelWidth(const SpeedupSeries& series)
{
    if (series.figures == 0)
        return 0;
    int width = QFontMetrics(Theme::instance().captionFont()).horizontalAdvance(words("baseline"));
    const QFontMetrics figures(figureFont());
    for (const BestStep& step : series.best) {
        if (step.evaluation == 0)
            continue;
        width = std::max(width, figures.horizontalAdvance(bestFigure(step.speedup)));
        width = std::max(width, figures.horizontalAdvance(bestInterval(step.speedup, series.modelled)));
    }
    return width;
}

SpeedupItem::SpeedupItem(SpeedupCanvas& canvas)
    : QCPAbstractItem(&canvas)
    , m_canvas(canvas)
{
    setClipToAxisRect(false);
    setSelectable(false);
}

void SpeedupFrame::draw(QCPPainter* painter)
{
    painter->setAntialiasing(false);
    if (canvas().series().figures > 0) {
        drawBaseline(*painter);
        drawEdgeLabels(*painter);
    } else {
        drawEmpty(*painter);
    }
    if (!canvas().series().rugLanes.empty())
        drawRugLabel(*painter);
}

void SpeedupFrame::drawBaseline(QCPPainter& painter) const
{
    const QRect rect = canvas().axisRect()->rect();
    const double y = canvas().yAxis->coordToPixel(1);
    painter.setPen(QPen(Theme::instance().color(Token::Muted), 0, Qt::DashLine));
    painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y));
}

void SpeedupFrame::drawRugLabel(QCPPainter& painter) const
{
    const Theme& theme = Theme::instance();
    const QRect rect = canvas().axisRect()->rect();
    painter.setPen(QPen(theme.color(Token::Line), 0));
    painter.drawLine(rect.bottomLeft(), rect.bottomRight());
    painter.setPen(theme.color(Token::Muted));
    painter.setFont(theme.captionFont());
    const QRect place(0, rect.bottom(), rect.left() - 6, rugHeight(canvas().series()));
    painter.drawText(place, Qt::AlignRight | Qt::AlignVCenter, rugLabel(canvas().series()));
}

void SpeedupFrame::drawEdgeLabels(QCPPainter& painter) const
{
    const Theme& theme = Theme::instance();
    const QRect rect = canvas().axisRect()->rect();
    const int line = QFontMetrics(figureFont()).height();
    const int width = canvas().width();
    const int left = rect.right() + 6;
    double below = rect.top();
    if (const BestStep* best = canvas().bestAtEdge()) {
        const bool modelled = canvas().series().modelled;
        const double y = std::clamp<double>(canvas().yAxis->coordToPixel(best->speedup.estimate), rect.top() + line,
                                            std::max(rect.top() + line, rect.bottom() - 2 * line));
        painter.setFont(figureFont());
        painter.setPen(theme.color(Token::Text));
        painter.drawText(QRectF(left, y - line, width, line), Qt::AlignVCenter, bestFigure(best->speedup));
        painter.setPen(theme.color(modelled ? Token::Modelled : Token::Muted));
        painter.drawText(QRectF(left, y, width, line), Qt::AlignVCenter, bestInterval(best->speedup, modelled));
        below = y + line;
    }
    const double y = std::max(canvas().yAxis->coordToPixel(1) - line / 2.0, below);
    painter.setFont(theme.captionFont());
    painter.setPen(theme.color(Token::Muted));
    painter.drawText(QRectF(left, y, width, line), Qt::AlignVCenter, words("baseline"));
}

void SpeedupFrame::drawEmpty(QCPPainter& painter) const
{
    painter.setFont(canvas().font());
    painter.setPen(Theme::instance().color(Token::Muted));
    painter.drawText(
        canvas().axisRect()->rect().adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap,
        words("Nothing was right and timed yet, so there is no speedup to show. The marks below say why."));
}

void SpeedupMarks::draw(QCPPainter* painter)
{
    drawTone(*painter, false);
    drawTone(*painter, true);
}

void SpeedupMarks::drawTone(QCPPainter& painter, bool isFull) const
{
    const int size = canvas().markSize();
    const int rugSize = std::min(size, kLaneHeight - 2);
    for (const SpeedupPoint& point : canvas().series().points) {
        if ((point.tone == MarkTone::Full) != isFull || !canvas().isInRange(point.number))
            continue;
        canvas().pixmaps().draw(painter, canvas().pixelOf(point), point.hasFigure() ? size : rugSize, point.mark,
                                point.tone);
    }
}

void SpeedupSteps::draw(QCPPainter* painter)
{
    for (const BestStep& step : canvas().series().best) {
        const SpeedupPoint* point = canvas().pointOf(step.evaluation);
        if (point != nullptr && canvas().isInRange(point->number))
            canvas().pixmaps().draw(*painter, canvas().pixelOf(*point), canvas().markSize(), point->mark, point->tone);
    }
}

void SpeedupOverlay::draw(QCPPainter* painter)
{
    const QRect rect = canvas().axisRect()->rect();
    const int size = canvas().markSize();
    const BestStep* step = canvas().series().latestBest();
    const SpeedupPoint* best = step == nullptr ? nullptr : canvas().pointOf(step->evaluation);
    if (best != nullptr && canvas().isInRange(best->number))
        paintBestRing(*painter, canvas().pixelOf(*best), size);
    const SpeedupPoint* selected = canvas().selected();
    if (selected == nullptr || !canvas().isInRange(selected->number))
        return;
    const QPointF place = canvas().pixelOf(*selected);
    painter->setAntialiasing(false);
    painter->setPen(QPen(Theme::instance().color(Token::Accent), 0));
    const double bottom = rect.bottom() + rugHeight(canvas().series());
    painter->drawLine(QPointF(place.x(), rect.top()), QPointF(place.x(), bottom));
    if (selected->hasFigure())
        painter->drawLine(QPointF(rect.left(), place.y()), QPointF(rect.right(), place.y()));
    paintSelectionRing(*painter, place, size);
}

}  // namespace warploom
