// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include <QAbstractTableModel>

#include "profiler/AssemblyDiff.h"

namespace warploom {

/// The difference of two listings, with its equal stretches folded.
class AssemblyDiffModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Before, After, Change, Source, Instruction, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setListings(std::shared_ptr<const Listing> before, std::shared_ptr<const Listing> after, bool isSass);
    void clear();
    [[nodiscard]] int countOf(AssemblyDiffLine::Kind kind) const;
    /// The first row of the next block of changes after \p row, around the end; -1: there is none.
    [[nodiscard]] int nextChange(int row) const;
    /// Line of the source of the variant after, else of the one before; 0: none.
    [[nodiscard]] int sourceOf(int row) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] const AssemblyDiffLine& at(int row) const { return m_lines[static_cast<std::size_t>(row)]; }
    [[nodiscard]] const ListingLine* lineOf(const AssemblyDiffLine& line) const;
    [[nodiscard]] QString textOf(int row, int column) const;
    [[nodiscard]] QString toolTipOf(int row) const;
    [[nodiscard]] static QVariant colorOf(const AssemblyDiffLine& line, int column);

    std::shared_ptr<const Listing> m_before;
    std::shared_ptr<const Listing> m_after;
    std::vector<AssemblyDiffLine> m_lines;
};

}  // namespace warploom
