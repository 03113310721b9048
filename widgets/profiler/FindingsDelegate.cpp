// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/FindingsDelegate.h"

#include <cmath>

#include <QAbstractItemView>
#include <QPainter>

#include "look/Theme.h"
#include "profiler/FindingsModel.h"

namespace warploom {

namespace {

constexpr int kCurrentBar = 3;

/// Layouts count from the row's own corner.
FindingPiece moved(FindingPiece piece, QPoint corner)
{
    piece.place.translate(corner);
    return piece;
}

}  // namespace

FindingsDelegate::FindingsDelegate(const FindingsModel& model, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_model(model)
{
}

FindingLayout FindingsDelegate::layoutOf(int row, int width) const
{
    return {m_model.rowAt(row), m_model.origin(), width};
}

QSize FindingsDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const auto* view = qobject_cast<const QAbstractItemView*>(option.widget);
    const int width = view != nullptr ? view->viewport()->width() : option.rect.width();
    return {width, layoutOf(index.row(), width).height};
}

void FindingsDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Theme& theme = Theme::instance();
    const FindingRow& row = m_model.rowAt(index.row());
    const FindingLayout layout = layoutOf(index.row(), option.rect.width());
    const bool isCurrent = (option.state & QStyle::State_Selected) != 0;
    painter->save();
    painter->setClipRect(option.rect);
    // Not the ground of a selection: a coloured word could not be read on it.
    painter->fillRect(option.rect, theme.color(isCurrent ? Token::Panel : Token::Background));
    if (isCurrent)
        painter->fillRect(QRect(option.rect.left(), option.rect.top(), kCurrentBar, option.rect.height()),
                          theme.color(option.state & QStyle::State_HasFocus ? Token::Accent : Token::Muted));
    painter->setPen(theme.color(Token::Line));
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    const QPoint corner = option.rect.topLeft();
    paintSign(*painter, row, layout.sign.translated(corner));
    for (const FindingPiece& piece : layout.pieces)
        paintPiece(*painter, moved(piece, corner), theme.color(piece.token));
    for (const FindingLink& link : layout.links) {
        FindingPiece piece = moved(link.piece, corner);
        piece.font.setUnderline(link.to != FindingLink::To::Move);
        paintPiece(*painter, piece, theme.color(piece.token));
    }
    paintBar(*painter, row, layout.bar.translated(corner));
    painter->restore();
}

void FindingsDelegate::paintSign(QPainter& painter, const FindingRow& row, const QRect& place) const
{
    const Theme& theme = Theme::instance();
    const QPointF middle = QRectF(place).center();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    if (row.kind == FindingRow::Kind::Problem) {
        QFont font = theme.codeFont();
        font.setBold(true);
        painter.setFont(font);
        painter.setPen(theme.color(row.isFirst ? Token::Wrong : Token::Accent));
        painter.drawText(place, Qt::AlignCenter, QString::number(row.rank));
    } else {
        painter.setPen(QPen(theme.color(Token::Muted), 1.5));
        // A limit is a ceiling with what stands against it.
        if (row.kind == FindingRow::Kind::Limit) {
            painter.drawLine(middle + QPointF(-6, -5), middle + QPointF(6, -5));
            painter.drawLine(middle + QPointF(0, -3), middle + QPointF(0, 5));
            painter.drawLine(middle + QPointF(0, -3), middle + QPointF(-3, 1));
            painter.drawLine(middle + QPointF(0, -3), middle + QPointF(3, 1));
        } else {
            painter.setFont(theme.codeFont());
            painter.drawText(place, Qt::AlignCenter,
                             row.kind == FindingRow::Kind::Gone ? QStringLiteral("✓") : QStringLiteral("–"));
        }
    }
    painter.restore();
}

void FindingsDelegate::paintBar(QPainter& painter, const FindingRow& row, const QRect& place) const
{
    if (place.isEmpty())
        return;
    const Theme& theme = Theme::instance();
    const auto widthOf = [&](double gain) {
        return static_cast<int>(std::lround(gainShare(gain, m_model.scale()) * place.width()));
    };
    const int most = std::max(2, widthOf(row.mostGain));
    const int least = std::min(most, widthOf(row.leastGain));
    painter.fillRect(place, theme.color(Token::Line));
    // What may be gained at most is outlined, what surely is, filled.
    painter.setPen(theme.color(Token::Accent));
    painter.setBrush(theme.color(Token::Background));
    painter.drawRect(QRectF(place.left() + 0.5, place.top() + 0.5, most - 1, place.height() - 1));
    painter.fillRect(QRect(place.left(), place.top(), least, place.height()), theme.color(Token::Accent));
}

}  // namespace warploom
