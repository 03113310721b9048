// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/RooflinePainter.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include "analysis/Rule.h"

namespace warploom {

namespace {

using Kind = RooflineRoof::Kind;

constexpr double kOther = 5;
constexpr double kMark = 9;
constexpr double kFaded = 0.35;
constexpr double kRoofGap = 2;

QString word(const char* text) { return QCoreApplication::translate("Roofline", text); }

QString peakOriginText(PeakOrigin origin)
{
    switch (origin) {
    case PeakOrigin::Measured:
        return word(QT_TRANSLATE_NOOP("Roofline", "measured"));
    case PeakOrigin::Modelled:
        return word(QT_TRANSLATE_NOOP("Roofline", "modelled"));
    case PeakOrigin::Theoretical:
        break;
    }
    return word(QT_TRANSLATE_NOOP("Roofline", "theoretical"));
}

}  // namespace

QString roofText(const RooflineRoof& roof)
{
    const char* unit = roof.kind == Kind::Memory ? "_bytes_per_second" : "_flops_per_second";
    return word(QT_TRANSLATE_NOOP("Roofline", "%1 %2, %3"))
        .arg(QString::fromStdString(roof.name), QString::fromStdString(numberText(unit, roof.perSecond)),
             peakOriginText(roof.origin));
}

QString roleText(RooflineRole role)
{
    switch (role) {
    case RooflineRole::Other:
    case RooflineRole::Level:
        return {};
    case RooflineRole::Baseline:
        return word(QT_TRANSLATE_NOOP("Roofline", "baseline"));
    case RooflineRole::Parent:
        return word(QT_TRANSLATE_NOOP("Roofline", "parent"));
    case RooflineRole::Best:
        return word(QT_TRANSLATE_NOOP("Roofline", "best"));
    case RooflineRole::Selected:
        break;
    }
    return word(QT_TRANSLATE_NOOP("Roofline", "selected"));
}

QPointF RooflinePlace::at(double intensity, double perSecond) const
{
    return {area.left() + area.width() * axes.intensity.shareOf(intensity),
            area.bottom() - area.height() * axes.perSecond.shareOf(perSecond)};
}

QLineF RooflinePlace::lineOf(const RooflineData& data, const RooflineRoof& roof) const
{
    double slowest = 0;
    double fastest = 0;
    double highest = 0;
    for (const RooflineRoof& other : data.roofs) {
        if (other.kind == Kind::Compute)
            highest = std::max(highest, other.perSecond);
        else if (other.perSecond > 0) {
            slowest = slowest == 0 ? other.perSecond : std::min(slowest, other.perSecond);
            fastest = std::max(fastest, other.perSecond);
        }
    }
    const LogAxis& x = axes.intensity;
    if (roof.kind == Kind::Compute) {
        // From where the fastest memory reaches it.
        const double begin = fastest > 0 ? std::clamp(roof.perSecond / fastest, x.low, x.high) : x.low;
        return {at(begin, roof.perSecond), at(x.high, roof.perSecond)};
    }
    const double top = highest > 0 ? highest : axes.perSecond.high;
    const double end = std::clamp(top / roof.perSecond, x.low, x.high);
    const double begin = std::clamp(axes.perSecond.low / roof.perSecond, x.low, end);
    return {at(begin, begin * roof.perSecond), at(end, end * roof.perSecond)};
}

RooflinePainter::RooflinePainter(QPainter& painter, const RooflineData& data, const RooflinePlace& place, int current)
    : m_painter(painter)
    , m_data(data)
    , m_place(place)
    , m_current(current)
{
    painter.setFont(Theme::instance().captionFont());
    painter.setRenderHint(QPainter::Antialiasing);
}

void RooflinePainter::paint()
{
    paintAxes();
    claimMarks();
    paintRoofs();
    paintPath();
    paintPoints();
    paintIdeal();
    paintLabels();
}

void RooflinePainter::claimMarks()
{
    // No text covers what stands out.
    const auto claimAround = [this](const RooflinePoint& point) {
        const QPointF center = m_place.at(point.intensity, point.perSecond);
        m_texts << QRectF(center - QPointF(kMark, kMark) * 0.8, QSizeF(kMark, kMark) * 1.6);
    };
    for (const RooflinePoint& point : m_data.points)
        if (point.role != RooflineRole::Other && isPlottable(point))
            claimAround(point);
    if (const auto ideal = idealPoint(m_data))
        claimAround(*ideal);
}

QColor RooflinePainter::ink() const { return Theme::instance().color(m_data.isModelled ? Token::Modelled : Token::Ok); }

bool RooflinePainter::claim(const QRectF& place)
{
    if (!m_place.area.contains(place))
        return false;
    if (std::ranges::any_of(m_texts, [&](const QRectF& other) { return other.intersects(place); }))
        return false;
    m_texts << place;
    return true;
}

void RooflinePainter::paintAxes()
{
    const Theme& theme = Theme::instance();
    const QRectF& area = m_place.area;
    const QFontMetricsF metrics(m_painter.font());
    m_painter.save();
    m_painter.setRenderHint(QPainter::Antialiasing, false);
    const double widest = metrics.horizontalAdvance(QStringLiteral("0.0001")) + 12;
    for (const double tick : m_place.axes.intensity.decades(static_cast<int>(area.width() / widest))) {
        const double x = m_place.at(tick, m_place.axes.perSecond.low).x();
        m_painter.setPen(theme.color(Token::Line));
        m_painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
        m_painter.setPen(theme.color(Token::Muted));
        m_painter.drawText(QRectF(x - widest, area.bottom() + 2, 2 * widest, metrics.height()), Qt::AlignHCenter,
                           QString::number(tick));
    }
    for (const double tick : m_place.axes.perSecond.decades(static_cast<int>(area.height() / (2 * metrics.height())))) {
        const double y = m_place.at(m_place.axes.intensity.low, tick).y();
        m_painter.setPen(theme.color(Token::Line));
        m_painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        m_painter.setPen(theme.color(Token::Muted));
        m_painter.drawText(QRectF(0, y - metrics.height(), area.left() - 6, 2 * metrics.height()),
                           Qt::AlignRight | Qt::AlignVCenter, QString::fromStdString(numberText("", tick)));
    }
    m_painter.drawText(QRectF(6, 2, area.right(), area.top() - 4), Qt::AlignLeft | Qt::AlignVCenter,
                       word(QT_TRANSLATE_NOOP("Roofline", "operations per second")));
    m_painter.drawText(QRectF(area.left(), area.bottom() + 2 + metrics.height(), area.width(), metrics.height() + 2),
                       Qt::AlignHCenter, word(QT_TRANSLATE_NOOP("Roofline", "operations per byte")));
    m_painter.restore();
}

void RooflinePainter::paintRoofs()
{
    for (const RooflineRoof& roof : m_data.roofs) {
        const QLineF line = m_place.lineOf(m_data, roof);
        // Dashed where only a data sheet says so.
        const bool isMeasured = roof.origin == PeakOrigin::Measured;
        m_painter.setPen(QPen(Theme::instance().color(Token::Muted), 1.5, isMeasured ? Qt::SolidLine : Qt::DashLine));
        m_painter.drawLine(line);
    }
    // Slanted ones take more room than they need: they come last.
    for (const Kind kind : {Kind::Compute, Kind::Memory})
        for (const RooflineRoof& roof : m_data.roofs) {
            const QLineF line = m_place.lineOf(m_data, roof);
            if (roof.kind == kind && kind == Kind::Compute)
                paintComputeLabel(roof, line);
            else if (roof.kind == kind)
                paintMemoryLabel(roof, line);
        }
}

void RooflinePainter::paintOnGround(const QRectF& place, const QString& text, Token token)
{
    // Lines go on behind a text, but not through it.
    QColor ground = Theme::instance().color(Token::Background);
    ground.setAlphaF(0.85F);
    m_painter.fillRect(place, ground);
    m_painter.setPen(Theme::instance().color(token));
    m_painter.drawText(place, Qt::AlignCenter, text);
}

void RooflinePainter::paintComputeLabel(const RooflineRoof& roof, const QLineF& line)
{
    const QFontMetricsF metrics(m_painter.font());
    for (const QString& text : {roofText(roof), QString::fromStdString(roof.name)}) {
        const QSizeF size(metrics.horizontalAdvance(text) + 4, metrics.height());
        for (const double above : {size.height() + kRoofGap, -kRoofGap}) {
            const QRectF place(QPointF(m_place.area.right() - size.width() - 4, line.y1() - above), size);
            if (!claim(place))
                continue;
            return paintOnGround(place, text, Token::Muted);
        }
    }
}

void RooflinePainter::paintMemoryLabel(const RooflineRoof& roof, const QLineF& line)
{
    const QFontMetricsF metrics(m_painter.font());
    const double degrees = -line.angle();
    // Below the slowest memory there is room, above the others.
    const bool isSlowest = std::ranges::none_of(m_data.roofs, [&roof](const RooflineRoof& other) {
        return other.kind == Kind::Memory && other.perSecond < roof.perSecond;
    });
    for (const QString& text : {roofText(roof), QString::fromStdString(roof.name)}) {
        const QRectF box(0, isSlowest ? kRoofGap : -metrics.height() - kRoofGap, metrics.horizontalAdvance(text) + 4,
                         metrics.height());
        // Along the line, as near to its lower end as there is room.
        for (const double share : {0.05, 0.15, 0.3, 0.45, 0.6}) {
            QTransform transform;
            transform.translate(line.pointAt(share).x(), line.pointAt(share).y());
            transform.rotate(degrees);
            if (line.length() * (1 - share) < box.width() || !claim(transform.mapRect(box)))
                continue;
            m_painter.save();
            m_painter.setTransform(transform, true);
            paintOnGround(box, text, Token::Muted);
            m_painter.restore();
            return;
        }
    }
}

void RooflinePainter::paintPath()
{
    QPolygonF path;
    for (const std::size_t index : m_data.path)
        if (index < m_data.points.size() && isPlottable(m_data.points[index]))
            path << m_place.at(m_data.points[index].intensity, m_data.points[index].perSecond);
    if (path.size() < 2)
        return;
    m_painter.setPen(QPen(ink(), 1));
    m_painter.setBrush(Qt::NoBrush);
    m_painter.drawPolyline(path);
    // An arrow at the last step that is long enough to have one, clear of the mark there.
    for (qsizetype i = path.size() - 1; i > 0; --i) {
        const QLineF step(path[i - 1], path[i]);
        if (step.length() < 3 * kMark)
            continue;
        m_painter.save();
        m_painter.translate(step.pointAt(1 - kMark / step.length()));
        m_painter.rotate(-step.angle());
        m_painter.setBrush(ink());
        m_painter.drawPolygon(QPolygonF({{0, 0}, {-7, -3.5}, {-7, 3.5}}));
        m_painter.restore();
        return;
    }
}

void RooflinePainter::paintPoints()
{
    m_painter.save();
    m_painter.setOpacity(kFaded);
    m_painter.setPen(Qt::NoPen);
    m_painter.setBrush(ink());
    for (const RooflinePoint& point : m_data.points)
        if (point.role == RooflineRole::Other && isPlottable(point))
            m_painter.drawEllipse(m_place.at(point.intensity, point.perSecond), kOther / 2, kOther / 2);
    m_painter.restore();
    for (const auto role : {RooflineRole::Level, RooflineRole::Baseline, RooflineRole::Parent, RooflineRole::Best,
                            RooflineRole::Selected})
        for (const RooflinePoint& point : m_data.points)
            if (point.role == role && isPlottable(point))
                paintPoint(point);
    if (m_current < 0)
        return;
    const RooflinePoint& read = m_data.points[static_cast<std::size_t>(m_current)];
    m_painter.setBrush(Qt::NoBrush);
    m_painter.setPen(QPen(Theme::instance().color(Token::Accent), 1.5));
    m_painter.drawEllipse(m_place.at(read.intensity, read.perSecond), kMark, kMark);
}

void RooflinePainter::paintPoint(const RooflinePoint& point)
{
    const Theme& theme = Theme::instance();
    const QPointF center = m_place.at(point.intensity, point.perSecond);
    const double radius = kMark / 2;
    const bool isChosen = point.role == RooflineRole::Selected || point.role == RooflineRole::Level;
    const QColor color = isChosen ? theme.color(Token::Accent) : ink();
    m_painter.setPen(QPen(color, 1.5));
    if (point.role == RooflineRole::Best) {
        m_painter.setBrush(Qt::NoBrush);
        m_painter.drawEllipse(center, radius + 3, radius + 3);
    }
    m_painter.setBrush(point.isByWork ? theme.color(Token::Background) : color);
    if (point.role == RooflineRole::Baseline)
        m_painter.drawRect(QRectF(center.x() - radius, center.y() - radius, kMark, kMark));
    else if (point.role == RooflineRole::Level)
        m_painter.drawPolygon(QPolygonF({center + QPointF(0, -radius), center + QPointF(radius, 0),
                                         center + QPointF(0, radius), center + QPointF(-radius, 0)}));
    else if (point.role == RooflineRole::Parent)
        m_painter.drawPolygon(QPolygonF({center + QPointF(0, -radius), center + QPointF(radius, radius * 0.8),
                                         center + QPointF(-radius, radius * 0.8)}));
    else
        m_painter.drawEllipse(center, radius - 0.75, radius - 0.75);
}

void RooflinePainter::paintLabel(const QString& text, QPointF point, Token token)
{
    const QFontMetricsF metrics(m_painter.font());
    const QString shown = metrics.elidedText(text, Qt::ElideRight, m_place.area.width() / 3);
    const QSizeF size(metrics.horizontalAdvance(shown) + 2, metrics.height());
    const double gap = kMark + 1;
    const std::initializer_list<QPointF> corners = {{gap, -size.height() / 2},
                                                    {-gap - size.width(), -size.height() / 2},
                                                    {-size.width() / 2, gap},
                                                    {-size.width() / 2, -gap - size.height()},
                                                    {gap, gap / 2},
                                                    {-gap - size.width(), -size.height() - gap / 2}};
    for (const QPointF corner : corners) {
        const QRectF place(point + corner, size);
        if (!claim(place))
            continue;
        return paintOnGround(place, shown, token);
    }
}

void RooflinePainter::paintLabels()
{
    // The most important ones have the first choice of places.
    for (const auto role : {RooflineRole::Selected, RooflineRole::Best, RooflineRole::Parent, RooflineRole::Baseline,
                            RooflineRole::Level})
        for (const RooflinePoint& point : m_data.points)
            if (point.role == role && isPlottable(point))
                paintLabel(role == RooflineRole::Level
                               ? QString::fromStdString(point.level)
                               : QStringLiteral("%1 %2").arg(roleText(role), QString::fromStdString(point.name)),
                           m_place.at(point.intensity, point.perSecond),
                           role == RooflineRole::Selected || role == RooflineRole::Level ? Token::Accent : Token::Text);
    if (const auto ideal = idealPoint(m_data))
        paintLabel(word(QT_TRANSLATE_NOOP("Roofline", "task's ideal")), m_place.at(ideal->intensity, ideal->perSecond),
                   Token::Muted);
}

void RooflinePainter::paintIdeal()
{
    const auto ideal = idealPoint(m_data);
    if (!ideal)
        return;
    const QPointF center = m_place.at(ideal->intensity, ideal->perSecond);
    m_painter.setPen(QPen(Theme::instance().color(Token::Text), 1.5));
    for (const QPointF arm : {QPointF(kMark * 0.7, 0), QPointF(0, kMark * 0.7)})
        m_painter.drawLine(center - arm, center + arm);
}

}  // namespace warploom
