// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

#include "evolution/CandidatesModel.h"
#include "plot/MarkPixmaps.h"

class QAbstractProxyModel;

namespace warploom {

/// Draws a row of the table: marks, figures with their decimal points under each other, what is about them in muted
/// text.
class CandidatesDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    CandidatesDelegate(const CandidatesModel& model, const QAbstractProxyModel& proxy, QObject* parent = nullptr);

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    /// Takes the theme's fonts and colours.
    void applyTheme();
    /// The evaluation that gets a ring; 0 for none.
    void setBest(EvaluationId evaluation) { m_best = evaluation; }
    /// Width of a column that holds figures; 0 for those that hold text.
    [[nodiscard]] int widthOf(CandidatesModel::Column column) const;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;

private:
    void paintVariant(QPainter& painter, const QRect& rect, int row) const;
    void paintTime(QPainter& painter, const QRect& rect, int row) const;
    void paintSpeedup(QPainter& painter, const QRect& rect, int row) const;
    void paintFigure(QPainter& painter, double point, const QRect& rect, const QString& figure) const;

    const CandidatesModel& m_model;
    const QAbstractProxyModel& m_proxy;
    mutable MarkPixmaps m_pixmaps;
    QFont m_figureFont;
    int m_digit = 0;
    EvaluationId m_best = 0;
};

}  // namespace warploom
