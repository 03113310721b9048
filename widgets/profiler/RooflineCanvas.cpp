// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/RooflineCanvas.h"

#include <algorithm>
#include <cmath>

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include "analysis/Rule.h"
#include "look/Figures.h"

namespace warploom {

namespace {

/// How near the mouse has to be to what it reads.
constexpr double kReach = 9;
constexpr double kReachOfLine = 4;

double distanceTo(const QLineF& line, QPointF point)
{
    const QPointF along = line.p2() - line.p1();
    const double length = QPointF::dotProduct(along, along);
    const double share =
        length > 0 ? std::clamp(QPointF::dotProduct(point - line.p1(), along) / length, 0.0, 1.0) : 0.0;
    return QLineF(point, line.p1() + share * along).length();
}

}  // namespace

RooflineCanvas::RooflineCanvas(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Roofline"));
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void RooflineCanvas::setData(RooflineData data)
{
    m_data = std::move(data);
    std::erase_if(m_data.roofs,
                  [](const RooflineRoof& roof) { return !std::isfinite(roof.perSecond) || roof.perSecond <= 0; });
    m_current = -1;
    m_order.clear();
    for (std::size_t i = 0; i < m_data.points.size(); ++i)
        if (isPlottable(m_data.points[i]))
            m_order.push_back(static_cast<int>(i));
    std::ranges::stable_sort(m_order, {}, [this](int point) {
        const RooflinePoint& of = m_data.points[static_cast<std::size_t>(point)];
        return std::pair(of.intensity, of.perSecond);
    });
    setAccessibleDescription(tr("Points: %1").arg(m_order.size()));
    emit pointRead({});
    update();
}

QSize RooflineCanvas::sizeHint() const { return {480, 320}; }

QSize RooflineCanvas::minimumSizeHint() const { return {240, 160}; }

RooflinePlace RooflineCanvas::place() const
{
    const QFontMetricsF caption(Theme::instance().captionFont());
    const double left = caption.horizontalAdvance(QStringLiteral("100 G")) + 12;
    return {m_data, QRectF(rect()).adjusted(left, caption.height() + 8, -8, -2 * caption.height() - 8)};
}

QPointF RooflineCanvas::placeOf(int point) const
{
    const RooflinePoint& of = m_data.points[static_cast<std::size_t>(point)];
    return place().at(of.intensity, of.perSecond);
}

int RooflineCanvas::pointAt(QPointF at) const
{
    const RooflinePlace where = place();
    int nearest = -1;
    double least = kReach;
    // What is drawn over another comes first.
    for (const int index : m_order) {
        const RooflinePoint& point = m_data.points[static_cast<std::size_t>(index)];
        const double distance = QLineF(at, where.at(point.intensity, point.perSecond)).length()
            - (point.role == RooflineRole::Other ? 0 : 2);
        if (distance < least) {
            least = distance;
            nearest = index;
        }
    }
    return nearest;
}

QString RooflineCanvas::readout(int point) const
{
    const RooflinePoint& of = m_data.points[static_cast<std::size_t>(point)];
    const QString role = roleText(of.role);
    QString name = QString::fromStdString(of.name) + (role.isEmpty() ? QString() : QStringLiteral(", ") + role);
    if (!of.level.empty())
        name += QStringLiteral(", ") + QString::fromStdString(of.level);
    if (of.isByWork)
        name += QStringLiteral(", ") + tr("by the task's least bytes");
    const QString figures =
        tr("%1 operations a byte, %2")
            .arg(threeDigits(of.intensity), QString::fromStdString(numberText("_flops_per_second", of.perSecond)));
    const RooflineCeiling ceiling = ceilingAt(m_data, of.intensity, {}, of.level);
    if (ceiling.perSecond <= 0)
        return name + QStringLiteral(": ") + figures;
    return tr("%1: %2, %3 % of what %4 allows there")
        .arg(name, figures, threeDigits(100 * of.perSecond / ceiling.perSecond), QString::fromStdString(ceiling.roof));
}

void RooflineCanvas::setCurrentPoint(int point)
{
    if (point == m_current)
        return;
    m_current = point;
    const QString text = point < 0 ? QString() : readout(point);
    if (point >= 0)
        setAccessibleDescription(text);
    emit pointRead(text);
    update();
}

void RooflineCanvas::paintEvent(QPaintEvent* /*event*/)
{
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.fillRect(rect(), theme.color(Token::Background));
    const RooflinePlace where = place();
    RooflinePainter roofline(painter, m_data, where, m_current);
    roofline.paint();
    m_texts = roofline.texts();
    if (!hasFocus())
        return;
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(theme.color(Token::Accent));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void RooflineCanvas::walk(int step)
{
    if (m_order.empty())
        return;
    const auto found = std::ranges::find(m_order, m_current);
    const auto last = static_cast<std::ptrdiff_t>(m_order.size()) - 1;
    const std::ptrdiff_t at = found == m_order.end()
        ? (step > 0 ? 0 : last)
        : std::clamp<std::ptrdiff_t>(found - m_order.begin() + step, 0, last);
    setCurrentPoint(m_order[static_cast<std::size_t>(at)]);
}

void RooflineCanvas::choose(int point)
{
    if (point >= 0)
        emit variantChosen(m_data.points[static_cast<std::size_t>(point)].variant);
}

void RooflineCanvas::keyPressEvent(QKeyEvent* event)
{
    const auto all = static_cast<int>(m_order.size());
    switch (event->key()) {
    case Qt::Key_Left:
        return walk(-1);
    case Qt::Key_Right:
        return walk(1);
    case Qt::Key_Home:
        return walk(-all);
    case Qt::Key_End:
        return walk(all);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        return choose(m_current);
    default:
        QWidget::keyPressEvent(event);
    }
}

void RooflineCanvas::mouseMoveEvent(QMouseEvent* event)
{
    setCurrentPoint(pointAt(event->position()));
    setCursor(m_current >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void RooflineCanvas::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        choose(pointAt(event->position()));
}

void RooflineCanvas::leaveEvent(QEvent* event)
{
    setCurrentPoint(-1);
    QWidget::leaveEvent(event);
}

QString RooflineCanvas::textAt(QPointF at) const
{
    if (const int point = pointAt(at); point >= 0)
        return readout(point);
    const RooflinePlace where = place();
    if (const auto ideal = idealPoint(m_data);
        ideal && QLineF(at, where.at(ideal->intensity, ideal->perSecond)).length() < kReach)
        return tr("What the task's least work allows: %1 operations a byte, %2")
            .arg(threeDigits(ideal->intensity),
                 QString::fromStdString(numberText("_flops_per_second", ideal->perSecond)));
    for (const RooflineRoof& roof : m_data.roofs)
        if (roof.perSecond > 0 && distanceTo(where.lineOf(m_data, roof), at) < kReachOfLine)
            return roofText(roof);
    return {};
}

bool RooflineCanvas::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    QToolTip::showText(help->globalPos(), textAt(help->pos()), this);
    return true;
}

}  // namespace warploom
