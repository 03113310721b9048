// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

#include "profiler/FindingLayout.h"

namespace warploom {

class FindingsModel;

/// Draws a finding: rank, title and gain, its sentence, its cure, and what leads on.
class FindingsDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    FindingsDelegate(const FindingsModel& model, QObject* parent);

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    /// As high as the row is at the width of the view.
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] FindingLayout layoutOf(int row, int width) const;

private:
    void paintSign(QPainter& painter, const FindingRow& row, const QRect& place) const;
    void paintBar(QPainter& painter, const FindingRow& row, const QRect& place) const;

    const FindingsModel& m_model;
};

}  // namespace warploom
