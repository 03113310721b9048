// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/FeedDelegate.h"

#include <QApplication>
#include <QPainter>
#include <QTextLayout>

namespace warploom {

namespace {

constexpr int kMargin = 4;
constexpr int kMarkWidth = 20;
constexpr double kMarkSize = 11;
constexpr int kHypothesisLines = 2;

/// At most two lines of \p text, the last one elided.
void paintWrapped(QPainter& painter, const QRect& area, const QString& text)
{
    QTextLayout layout(text, painter.font());
    layout.beginLayout();
    double y = area.top();
    for (int i = 0; i < kHypothesisLines; ++i) {
        QTextLine line = layout.createLine();
        if (!line.isValid())
            break;
        line.setLineWidth(area.width());
        const bool isLast = i + 1 == kHypothesisLines;
        const QString rest = isLast ? text.mid(line.textStart()) : text.mid(line.textStart(), line.textLength());
        painter.drawText(QRectF(area.left(), y, area.width(), line.height()), Qt::AlignLeft | Qt::TextSingleLine,
                         painter.fontMetrics().elidedText(rest, Qt::ElideRight, area.width()));
        y += painter.fontMetrics().height();
    }
    layout.endLayout();
}

}  // namespace

QSize FeedDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    return {100, (1 + kHypothesisLines) * option.fontMetrics.height() + 2 * kMargin};
}

void FeedDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Theme& theme = Theme::instance();
    QStyleOptionViewItem plain = option;
    initStyleOption(&plain, index);
    plain.text.clear();
    QApplication::style()->drawControl(QStyle::CE_ItemViewItem, &plain, painter, option.widget);
    painter->save();
    const auto mark = static_cast<Mark>(index.data(MarkRole).toInt());
    const int height = option.fontMetrics.height();
    QRect line = option.rect.adjusted(kMargin, kMargin, -kMargin, 0);
    line.setHeight(height);
    paintMark(*painter, {line.left() + kMarkWidth / 2.0 - 2, line.center().y() + 0.5}, kMarkSize, mark);
    line.setLeft(line.left() + kMarkWidth);
    // The figure stands at the right edge; the title gives way.
    painter->setFont(theme.codeFont());
    const QString figure = index.data(FigureRole).toString();
    painter->setPen(theme.color(tokenOf(mark)));
    painter->drawText(line, Qt::AlignRight | Qt::AlignVCenter, figure);
    const int figureWidth = painter->fontMetrics().horizontalAdvance(figure) + kMargin * 2;
    painter->setFont(option.font);
    painter->setPen(theme.color(Token::Text));
    painter->drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
                      option.fontMetrics.elidedText(index.data(Qt::DisplayRole).toString(), Qt::ElideRight,
                                                    line.width() - figureWidth));
    painter->setPen(theme.color(Token::Muted));
    paintWrapped(*painter, QRect(line.left(), line.bottom() + 1, line.width(), kHypothesisLines * height),
                 index.data(HypothesisRole).toString());
    painter->restore();
}

}  // namespace warploom
