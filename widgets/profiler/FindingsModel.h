// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QAbstractListModel>

#include "analysis/Figures.h"
#include "profiler/FindingRows.h"

namespace warploom {

/// The findings of a diagnosis, a row each.
class FindingsModel : public QAbstractListModel {
    Q_OBJECT

public:
    using QAbstractListModel::QAbstractListModel;

    void setRows(std::vector<FindingRow> rows, FigureOrigin origin);
    [[nodiscard]] const FindingRow& rowAt(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    [[nodiscard]] FigureOrigin origin() const { return m_origin; }
    /// Where the bars of gains end.
    [[nodiscard]] double scale() const { return m_scale; }
    [[nodiscard]] int countOf(FindingRow::Kind kind) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

private:
    std::vector<FindingRow> m_rows;
    FigureOrigin m_origin = FigureOrigin::Measured;
    double m_scale = 1;
};

}  // namespace warploom
