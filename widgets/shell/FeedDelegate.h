// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

#include "look/VerdictMark.h"

namespace warploom {

/// What a row of the feed holds beside its text, which is the title.
enum FeedRole {
    MarkRole = Qt::UserRole,  ///< int of Mark
    FigureRole,  ///< "6.31× [6.27, 6.36]", or the verdict
    HypothesisRole,
    ExchangeRole,  ///< number of the exchange that it came from; 0: of none
    MoveRole,  ///< name of the move; empty where there was none
};

/// A proposal on three lines of fixed height, whatever its length: ten thousand of them need no layout.
class FeedDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace warploom
