// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QAbstractTableModel>

#include "analysis/Figures.h"
#include "profiler/FindingRows.h"

namespace warploom {

/// Figures of two profiles beside each other, what matters first.
class ComparisonModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Name, Own, Other, Ratio, Origin, Kernel, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setFigures(std::vector<ComparedFigure> figures, KernelNames kernels);
    /// How those columns are headed.
    void setTitles(const QString& own, const QString& other);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString textOf(const ComparedFigure& compared, int column) const;
    [[nodiscard]] static QVariant sortValueOf(const ComparedFigure& compared, int column);
    [[nodiscard]] static QVariant colorOf(const ComparedFigure& compared, int column);

    std::vector<ComparedFigure> m_figures;
    KernelNames m_kernels;
    QString m_own;
    QString m_other;
};

}  // namespace warploom
