// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evolution/CandidatesDelegate.h"

#include <algorithm>

#include <QAbstractProxyModel>
#include <QPainter>

#include "look/Figures.h"

namespace warploom {

namespace {

constexpr int kPadding = 6;
constexpr int kMarkSize = 10;
/// Digits before and after the decimal point that a column has room for.
constexpr int kWhole = 4;
constexpr int kFraction = 4;

bool isPaintedHere(int column)
{
    return column == CandidatesModel::Variant || column == CandidatesModel::Time || column == CandidatesModel::Speedup;
}

}  // namespace

CandidatesDelegate::CandidatesDelegate(const CandidatesModel& model, const QAbstractProxyModel& proxy, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_model(model)
    , m_proxy(proxy)
{
    applyTheme();
}

void CandidatesDelegate::applyTheme()
{
    m_pixmaps.clear();
    m_figureFont = Theme::instance().codeFont();
    m_digit = QFontMetrics(m_figureFont).horizontalAdvance(QLatin1Char('0'));
}

int CandidatesDelegate::widthOf(CandidatesModel::Column column) const
{
    switch (column) {
    case CandidatesModel::Variant:
        return kMarkSize + 12 + 6 * m_digit + 2 * kPadding;
    case CandidatesModel::Time:
        return (kWhole + kFraction) * m_digit + 2 * kPadding;
    case CandidatesModel::Speedup:
        return (kWhole + kFraction + 17) * m_digit + 2 * kPadding;
    default:
        return 0;
    }
}

void CandidatesDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    if (isPaintedHere(index.column()))
        option->text.clear();
    if (index.column() == CandidatesModel::Configured || index.column() == CandidatesModel::Trust)
        option->font = m_figureFont;
    const Theme& theme = Theme::instance();
    const EvaluationRecord& evaluation = m_model.evaluationAt(m_proxy.mapToSource(index).row());
    if (index.column() == CandidatesModel::VerdictColumn)
        option->palette.setColor(QPalette::Text, theme.color(tokenOf(markOf(evaluation))));
    else if (index.column() == CandidatesModel::Configured || index.column() == CandidatesModel::Agent)
        option->palette.setColor(QPalette::Text, theme.color(Token::Muted));
    option->palette.setColor(QPalette::HighlightedText, option->palette.color(QPalette::Text));
}

void CandidatesDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyledItemDelegate::paint(painter, option, index);
    if (!isPaintedHere(index.column()))
        return;
    const int row = m_proxy.mapToSource(index).row();
    const QRect rect = option.rect.adjusted(kPadding, 0, -kPadding, 0);
    painter->save();
    painter->setClipRect(option.rect);
    painter->setFont(m_figureFont);
    painter->setPen(Theme::instance().color(Token::Text));
    if (index.column() == CandidatesModel::Variant)
        paintVariant(*painter, rect, row);
    else if (index.column() == CandidatesModel::Time)
        paintTime(*painter, rect, row);
    else
        paintSpeedup(*painter, rect, row);
    painter->restore();
}

void CandidatesDelegate::paintVariant(QPainter& painter, const QRect& rect, int row) const
{
    const EvaluationRecord& evaluation = m_model.evaluationAt(row);
    const VariantRecord* variant = m_model.variantAt(row);
    const QPointF center(rect.left() + 8, rect.center().y() + 0.5);
    const bool isRetired = variant != nullptr && variant->retired;
    m_pixmaps.draw(painter, center, kMarkSize, markOf(evaluation), isRetired ? MarkTone::Faded : MarkTone::Full);
    if (evaluation.id == m_best)
        paintBestRing(painter, center, kMarkSize);
    if (variant != nullptr && variant->favoured)
        paintFavourFlag(painter, center, kMarkSize);
    painter.drawText(rect, Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("#%1").arg(evaluation.variant));
}

void CandidatesDelegate::paintFigure(QPainter& painter, double point, const QRect& rect, const QString& figure) const
{
    const auto end = std::find_if(figure.begin(), figure.end(), [](QChar c) { return !c.isDigit(); });
    const auto whole = end - figure.begin();
    painter.drawText(QRectF(point - rect.width(), rect.top(), rect.width(), rect.height()),
                     Qt::AlignRight | Qt::AlignVCenter, figure.left(whole));
    painter.drawText(QRectF(point, rect.top(), rect.width(), rect.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     figure.mid(whole));
}

void CandidatesDelegate::paintTime(QPainter& painter, const QRect& rect, int row) const
{
    const EvaluationRecord& evaluation = m_model.evaluationAt(row);
    if (!evaluation.time)
        return;
    if (evaluation.modelled)
        painter.setPen(Theme::instance().color(Token::Modelled));
    paintFigure(painter, rect.right() - kFraction * m_digit, rect,
                timeFigure(evaluation.time->estimate, m_model.timeUnit()));
}

void CandidatesDelegate::paintSpeedup(QPainter& painter, const QRect& rect, int row) const
{
    const EvaluationRecord& evaluation = m_model.evaluationAt(row);
    if (!evaluation.speedup)
        return;
    const double point = rect.left() + kWhole * m_digit;
    paintFigure(painter, point, rect, speedupFigure(evaluation));
    QString about = speedupInterval(evaluation);
    if (!evaluation.cold)
        about += QLatin1Char(' ') + tr("hot");
    painter.setPen(Theme::instance().color(evaluation.modelled ? Token::Modelled : Token::Muted));
    painter.drawText(rect.adjusted((kWhole + kFraction + 2) * m_digit, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                     about);
}

}  // namespace warploom
