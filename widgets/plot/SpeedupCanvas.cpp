// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/SpeedupCanvas.h"

#include <algorithm>
#include <cmath>

#include "plot/PlotTheme.h"
#include "plot/SpeedupItems.h"
#include "plot/SpeedupTicker.h"

namespace warploom {

namespace {

const QString kOverlay = QStringLiteral("overlay");
constexpr double kReach = 9;  // pixels
constexpr double kFewest = 4;  // evaluations in sight at the nearest
constexpr int kClickSlack = 4;  // pixels
constexpr int kTickDistance = 34;  // pixels between speedups, at least
constexpr int kBandOpacity = 64;
constexpr double kDense = 1000;  // evaluations

/// Widest to narrowest mark, and up to how many are in sight.
constexpr std::pair<std::size_t, int> kMarkSizes[] = {{250, 10}, {1000, 8}, {4000, 6}, {SIZE_MAX, 4}};

}  // namespace

SpeedupCanvas::SpeedupCanvas(QWidget* parent)
    : QCustomPlot(parent)
    , m_theme(new PlotTheme(this))
{
    setFocusPolicy(Qt::NoFocus);
    setMouseTracking(true);
    setMinimumSize(120, 90);
    setUpAxes();
    setUpGraphs();
    setUpItems();
    applyTheme();
}

void SpeedupCanvas::setUpAxes()
{
    auto numbers = QSharedPointer<QCPAxisTickerFixed>::create();
    numbers->setTickStep(1);
    numbers->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);
    xAxis->setTicker(numbers);
    xAxis->setNumberFormat(QStringLiteral("f"));
    xAxis->setNumberPrecision(0);
    xAxis->setLabel(tr("evaluation"));
    xAxis->setSubTicks(false);
    yAxis->setScaleType(QCPAxis::stLogarithmic);
    yAxis->setTicker(QSharedPointer<SpeedupTicker>::create());
    yAxis->setLabel(tr("speedup"));
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->setTickLengthIn(0);
        axis->setTickLengthOut(4);
        axis->setLabelPadding(2);
    }
    setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    axisRect()->setRangeDrag(Qt::Horizontal);
    axisRect()->setRangeZoom(Qt::Horizontal);
    // The right margin holds the labels of lines.
    axisRect()->setAutoMargins(QCP::msLeft | QCP::msTop | QCP::msBottom);
    connect(xAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this,
            [this](const QCPRange& range) { xAxis->setRange(bounded(range)); });
}

void SpeedupCanvas::setUpGraphs()
{
    // The order is that of drawing; items between the graphs come from setUpItems().
    addLayer(QStringLiteral("best"), layer(QStringLiteral("main")), limAbove);
    m_low = addGraph();
    m_high = addGraph();
    m_high->setChannelFillGraph(m_low);
    m_halo = addGraph();
    m_best = addGraph();
    for (QCPGraph* graph : {m_halo, m_best})
        graph->setLayer(QStringLiteral("best"));
    for (QCPGraph* graph : {m_low, m_high, m_halo, m_best}) {
        graph->setLineStyle(QCPGraph::lsStepLeft);
        graph->setSelectable(QCP::stNone);
        graph->setPen(Qt::NoPen);
    }
}

void SpeedupCanvas::setUpItems()
{
    new SpeedupFrame(*this);
    new SpeedupMarks(*this);
    (new SpeedupSteps(*this))->setLayer(QStringLiteral("best"));
    // A layer with a buffer of its own: a moved crosshair does not draw ten thousand marks again.
    (new SpeedupOverlay(*this))->setLayer(kOverlay);
}

void SpeedupCanvas::applyTheme()
{
    const Theme& theme = Theme::instance();
    m_theme->apply();
    m_pixmaps.clear();
    QColor color = theme.color(m_series.modelled ? Token::Modelled : Token::Ok);
    // Among very many marks of its own colour the line would be lost; a few would be cut.
    const QPen halo(theme.color(Token::Background), 4, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin);
    m_halo->setPen(m_series.evaluations > kDense ? halo : QPen(Qt::NoPen));
    m_best->setPen(QPen(color, 2, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
    color.setAlpha(kBandOpacity);
    m_high->setBrush(color);
    updateMargins();
}

void SpeedupCanvas::setSeries(SpeedupSeries series)
{
    const QCPRange before = fullRange();
    const bool follows = xAxis->range().size() >= before.size() * (1 - 1e-9) || m_series.evaluations == 0;
    m_series = std::move(series);
    applyTheme();
    updateBest();
    updateRanges();
    xAxis->setRange(follows ? fullRange() : bounded(xAxis->range()));
    queueReplot();
}

void SpeedupCanvas::updateBest()
{
    QVector<double> x;
    QVector<double> low;
    QVector<double> high;
    QVector<double> best;
    const auto append = [&](double number, const Interval& speedup) {
        x << number;
        low << speedup.low;
        high << speedup.high;
        best << speedup.estimate;
    };
    for (const BestStep& step : m_series.best)
        append(step.number, step.speedup);
    if (!m_series.best.empty())
        append(fullRange().upper, m_series.best.back().speedup);
    m_low->setData(x, low, true);
    m_high->setData(x, high, true);
    m_halo->setData(x, best, true);
    m_best->setData(x, best, true);
}

void SpeedupCanvas::updateRanges()
{
    const double margin = std::max(1.05, std::pow(m_series.highest / m_series.lowest, 0.08));
    yAxis->setRange(m_series.lowest / margin, m_series.highest * margin);
    xAxis->setOffset(rugHeight(m_series));
    yAxis->setTicks(m_series.figures > 0);
    yAxis->setTickLabels(m_series.figures > 0);
    for (QCPAxis* axis : {xAxis, yAxis})
        axis->grid()->setVisible(m_series.figures > 0);
}

void SpeedupCanvas::updateMargins()
{
    axisRect()->setMinimumMargins(QMargins(rugLabelWidth(m_series) + 12, 8, 0, 0));
    axisRect()->setMargins(QMargins(0, 0, edgeLabelWidth(m_series) + 12, 0));
    yAxis->ticker()->setTickCount(std::max(2, height() / kTickDistance));
}

void SpeedupCanvas::queueReplot()
{
    if (isVisible())
        replot(rpQueuedReplot);
}

void SpeedupCanvas::setSelected(EvaluationId evaluation)
{
    if (evaluation == m_selected)
        return;
    m_selected = evaluation;
    if (isVisible())
        layer(kOverlay)->replot();
}

const SpeedupPoint* SpeedupCanvas::pointOf(EvaluationId evaluation) const
{
    // Ids grow with the number: the workspace gives both in order.
    const auto& points = m_series.points;
    const auto found =
        std::lower_bound(points.begin(), points.end(), evaluation,
                         [](const SpeedupPoint& point, EvaluationId id) { return point.evaluation < id; });
    return found != points.end() && found->evaluation == evaluation ? &*found : nullptr;
}

std::pair<std::size_t, std::size_t> SpeedupCanvas::pointsBetween(double first, double last) const
{
    const auto& points = m_series.points;
    const auto isBefore = [](const SpeedupPoint& point, double number) { return point.number < number; };
    const auto from = std::lower_bound(points.begin(), points.end(), first, isBefore);
    const auto to = std::lower_bound(from, points.end(), std::nextafter(last, HUGE_VAL), isBefore);
    return {static_cast<std::size_t>(from - points.begin()), static_cast<std::size_t>(to - points.begin())};
}

QPointF SpeedupCanvas::pixelOf(const SpeedupPoint& point) const
{
    const double x = xAxis->coordToPixel(point.number);
    return {x,
            point.hasFigure() ? yAxis->coordToPixel(point.speedup)
                              : axisRect()->bottom() + rugLane(m_series, point.mark)};
}

const SpeedupPoint* SpeedupCanvas::pointAt(QPointF place) const
{
    const auto [from, to] =
        pointsBetween(xAxis->pixelToCoord(place.x() - kReach), xAxis->pixelToCoord(place.x() + kReach));
    const SpeedupPoint* nearest = nullptr;
    double shortest = kReach;
    for (std::size_t i = from; i < to; ++i) {
        const SpeedupPoint& point = m_series.points[i];
        const double distance = QLineF(place, pixelOf(point)).length();
        if (distance > shortest || !isInRange(point.number))
            continue;
        shortest = distance;
        nearest = &point;
    }
    return nearest;
}

int SpeedupCanvas::markSize() const
{
    const auto [from, to] = pointsBetween(xAxis->range().lower, xAxis->range().upper);
    for (const auto& [most, size] : kMarkSizes)
        if (to - from <= most)
            return size;
    return 0;
}

const BestStep* SpeedupCanvas::bestAtEdge() const
{
    const auto after = std::upper_bound(m_series.best.begin(), m_series.best.end(), xAxis->range().upper,
                                        [](double number, const BestStep& step) { return number < step.number; });
    return after == m_series.best.begin() || std::prev(after)->evaluation == 0 ? nullptr : &*std::prev(after);
}

QCPRange SpeedupCanvas::fullRange() const
{
    const double margin = std::max(0.6, 0.015 * m_series.evaluations);
    return {1 - margin, std::max(1.0, m_series.evaluations) + margin};
}

QCPRange SpeedupCanvas::bounded(const QCPRange& range) const
{
    const QCPRange full = fullRange();
    const double size = std::clamp(range.size(), std::min(kFewest, full.size()), full.size());
    const double lower = std::clamp(range.center() - size / 2, full.lower, std::max(full.lower, full.upper - size));
    return {lower, lower + size};
}

void SpeedupCanvas::showAll()
{
    xAxis->setRange(fullRange());
    queueReplot();
}

void SpeedupCanvas::zoomBy(double factor)
{
    const SpeedupPoint* point = selected();
    xAxis->scaleRange(factor, point != nullptr && isInRange(point->number) ? point->number : xAxis->range().center());
    queueReplot();
}

void SpeedupCanvas::mousePressEvent(QMouseEvent* event)
{
    m_pressed = event->pos();
    QCustomPlot::mousePressEvent(event);
}

void SpeedupCanvas::mouseMoveEvent(QMouseEvent* event)
{
    QCustomPlot::mouseMoveEvent(event);
    if (event->buttons() == Qt::NoButton)
        setCursor(pointAt(event->position()) != nullptr ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void SpeedupCanvas::mouseReleaseEvent(QMouseEvent* event)
{
    QCustomPlot::mouseReleaseEvent(event);
    if (event->button() != Qt::LeftButton || (event->pos() - m_pressed).manhattanLength() > kClickSlack)
        return;
    if (const SpeedupPoint* point = pointAt(event->position()))
        emit evaluationClicked(point->evaluation);
}

void SpeedupCanvas::mouseDoubleClickEvent(QMouseEvent* event)
{
    QCustomPlot::mouseDoubleClickEvent(event);
    showAll();
}

}  // namespace warploom
