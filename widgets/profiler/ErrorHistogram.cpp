// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/ErrorHistogram.h"

#include <cmath>
#include <numeric>

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include "look/Figures.h"
#include "profiler/EvidenceText.h"

namespace warploom {

namespace {

/// Errors up to 1 tolerance end with this slot.
constexpr double kOneTolerance = 8;
constexpr int kLabelledDecades = 3;

std::uint64_t sum(const ErrorBins& bins) { return std::accumulate(bins.begin(), bins.end(), std::uint64_t{0}); }

/// How high \p count stands in a plot that ends at 10 to \p top, as a share of its height.
double heightOf(double count, double top) { return std::log10(count + 1) / top; }

QColor faded(QColor color)
{
    color.setAlphaF(0.25F);
    return color;
}

}  // namespace

ErrorHistogram::ErrorHistogram(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Histogram of error over tolerance"));
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ErrorHistogram::setCase(const CaseRow& row)
{
    m_row = row;
    m_hasCase = true;
    m_hasCandidate = sum(row.histogram) > 0;
    m_hasBaseline = sum(row.baselineHistogram) > 0;
    setBin(-1);
    describe();
    update();
}

void ErrorHistogram::clear()
{
    setCase({});
    m_hasCase = false;
    describe();
}

void ErrorHistogram::describe()
{
    QStringList parts;
    for (int i = 0; m_hasCase && i < kErrorBins; ++i) {
        const auto bin = static_cast<std::size_t>(i);
        if (m_row.histogram[bin] + m_row.baselineHistogram[bin] > 0)
            parts << readout(i);
    }
    setAccessibleDescription(parts.isEmpty() ? tr("No elements were compared.") : parts.join(QStringLiteral("; ")));
}

QString ErrorHistogram::readout(int bin) const
{
    const auto share = [bin](const ErrorBins& bins) {
        const std::uint64_t count = bins[static_cast<std::size_t>(bin)];
        const std::uint64_t all = sum(bins);
        return tr("%1 of %2 (%3 %)")
            .arg(countText(count), countText(all),
                 threeDigits(100.0 * static_cast<double>(count) / static_cast<double>(all)));
    };
    QStringList parts;
    if (m_hasCandidate)
        parts << tr("candidate %1").arg(share(m_row.histogram));
    if (m_hasBaseline)
        parts << tr("baseline %1").arg(share(m_row.baselineHistogram));
    return binText(bin) + QStringLiteral(": ") + parts.join(QStringLiteral(", "));
}

void ErrorHistogram::setBin(int bin)
{
    if (!m_hasCandidate && !m_hasBaseline)
        bin = -1;
    if (bin == m_bin)
        return;
    m_bin = bin;
    emit binRead(bin < 0 ? QString() : readout(bin));
    update();
}

QSize ErrorHistogram::sizeHint() const { return {400, 160}; }

QSize ErrorHistogram::minimumSizeHint() const { return {240, 6 * fontMetrics().height()}; }

QRectF ErrorHistogram::plotArea() const
{
    const QFontMetrics caption(Theme::instance().captionFont());
    const int left = caption.horizontalAdvance(powerOfTen(10)) + 8;
    // Room for the labels of the decades and the axis's title.
    return QRectF(rect()).adjusted(left, caption.height() + 4, -8, -2 * caption.height() - 8);
}

int ErrorHistogram::binAt(double x) const
{
    const QRectF area = plotArea();
    const double slot = (x - area.left()) / area.width() * kErrorBins;
    return slot < 0 || slot >= kErrorBins ? -1 : static_cast<int>(slot);
}

double ErrorHistogram::topExponent() const
{
    const std::uint64_t most = std::max(std::ranges::max(m_row.histogram), std::ranges::max(m_row.baselineHistogram));
    return std::max(1.0, std::ceil(std::log10(static_cast<double>(most) + 1)));
}

void ErrorHistogram::paintAxes(QPainter& painter, const QRectF& area) const
{
    const Theme& theme = Theme::instance();
    const QFontMetrics metrics = painter.fontMetrics();
    const double top = topExponent();
    const int lines = std::max(1, static_cast<int>(area.height() / (1.5 * metrics.height())));
    const int step = std::max(1, static_cast<int>(std::ceil(top / lines)));
    painter.setPen(theme.color(Token::Line));
    painter.drawLine(area.bottomLeft(), area.bottomRight());
    for (int exponent = 0; heightOf(std::pow(10.0, exponent), top) <= 1; exponent += step) {
        const double y = area.bottom() - area.height() * heightOf(std::pow(10.0, exponent), top);
        painter.setPen(theme.color(Token::Line));
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        painter.setPen(theme.color(Token::Muted));
        painter.drawText(QRectF(0, y - metrics.height(), area.left() - 4, 2 * metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, powerOfTen(exponent));
    }
    const double slot = area.width() / kErrorBins;
    const double y = area.bottom() + 2;
    for (int bin = 0; bin < kErrorBins - 2; ++bin) {
        const double x = area.left() + slot * (bin + 1);
        painter.setPen(theme.color(Token::Line));
        painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + 3));
        // 1 tolerance is labelled, and every third decade from it.
        if ((bin + 1 - static_cast<int>(kOneTolerance)) % kLabelledDecades != 0)
            continue;
        painter.setPen(theme.color(Token::Muted));
        painter.drawText(QRectF(x - 3 * slot, y, 6 * slot, metrics.height()), Qt::AlignHCenter | Qt::AlignTop,
                         powerOfTen(bin + 1 - static_cast<int>(kOneTolerance)));
    }
    painter.setPen(theme.color(Token::Muted));
    painter.drawText(QRectF(area.right() - 3 * slot, y, 3 * slot + 6, metrics.height()), Qt::AlignRight | Qt::AlignTop,
                     tr("NaN"));
    painter.drawText(QRectF(0, y + metrics.height() + 2, width(), metrics.height()), Qt::AlignHCenter | Qt::AlignTop,
                     tr("Error in tolerances"));
}

void ErrorHistogram::paintBars(QPainter& painter, const QRectF& area) const
{
    const Theme& theme = Theme::instance();
    const double slot = area.width() / kErrorBins;
    const double bar = std::max(2.0, slot / 2 - 1.5);
    const double top = topExponent();
    const double limit = kOneTolerance + std::log10(std::max(m_row.allowed, 1e-12));
    const auto barHeight = [&](std::uint64_t count) {
        return count == 0 ? 0 : std::max(3.0, area.height() * heightOf(static_cast<double>(count), top));
    };
    for (int i = 0; i < kErrorBins; ++i) {
        const auto bin = static_cast<std::size_t>(i);
        const double left = area.left() + slot * i + 1;
        const double own = barHeight(m_row.histogram[bin]);
        // The decade in which the limit lies has both: where elements are wrong, it may be of these.
        const bool isWrong = i >= limit || (m_row.wrong > 0 && i + 1 > limit);
        painter.fillRect(QRectF(left, area.bottom() - own, bar, own),
                         theme.color(isWrong ? Token::Wrong : Token::Accent));
        const double beside = barHeight(m_row.baselineHistogram[bin]);
        if (beside <= 0)
            continue;
        painter.setPen(theme.color(Token::Muted));
        painter.setBrush(faded(theme.color(Token::Muted)));
        painter.drawRect(QRectF(left + bar + 1.5, area.bottom() - beside + 0.5, bar - 1, beside - 1));
    }
}

void ErrorHistogram::paintLimit(QPainter& painter, const QRectF& area) const
{
    const double place = std::clamp(kOneTolerance + std::log10(std::max(m_row.allowed, 1e-12)), 0.0, kErrorBins - 2.0);
    const double x = std::round(area.left() + area.width() * place / kErrorBins) + 0.5;
    QPen pen(Theme::instance().color(Token::Wrong), 1, Qt::DashLine);
    painter.setPen(pen);
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
    painter.drawText(QRectF(x - 100, 0, 200, area.top() - 2), Qt::AlignHCenter | Qt::AlignBottom,
                     tr("allowed %1").arg(errorText(m_row.allowed)));
}

void ErrorHistogram::paintEvent(QPaintEvent* /*event*/)
{
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.fillRect(rect(), theme.color(Token::Background));
    painter.setFont(theme.captionFont());
    if (!m_hasCandidate && !m_hasBaseline) {
        painter.setPen(theme.color(Token::Muted));
        painter.drawText(rect().adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap,
                         m_hasCase ? tr("No comparison is on record for this case.")
                                   : tr("Select a case to see how its errors spread."));
    } else {
        const QRectF area = plotArea();
        if (m_bin >= 0)
            painter.fillRect(QRectF(area.left() + area.width() / kErrorBins * m_bin, area.top(),
                                    area.width() / kErrorBins, area.height()),
                             theme.color(Token::Selection));
        paintAxes(painter, area);
        paintBars(painter, area);
        paintLimit(painter, area);
    }
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(theme.color(Token::Accent));
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void ErrorHistogram::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
        return setBin(std::max(0, m_bin - 1));
    case Qt::Key_Right:
        return setBin(std::min(kErrorBins - 1, m_bin + 1));
    case Qt::Key_Home:
        return setBin(0);
    case Qt::Key_End:
        return setBin(kErrorBins - 1);
    default:
        QWidget::keyPressEvent(event);
    }
}

void ErrorHistogram::mouseMoveEvent(QMouseEvent* event) { setBin(binAt(event->position().x())); }

void ErrorHistogram::leaveEvent(QEvent* event)
{
    setBin(-1);
    QWidget::leaveEvent(event);
}

bool ErrorHistogram::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const int bin = binAt(help->pos().x());
    const bool isRead = bin >= 0 && (m_hasCandidate || m_hasBaseline);
    QToolTip::showText(help->globalPos(), isRead ? readout(bin) : QString(), this);
    return true;
}

}  // namespace warploom
