// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QAbstractTableModel>

#include "profiler/EvidenceRows.h"

namespace warploom {

/// The cases behind a verdict: one row for each output of each.
class EvidenceCasesModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column {
        Kind,
        Size,
        Inputs,
        Outcome,
        Guards,
        Error,
        Baseline,
        Allowed,
        Element,
        Got,
        Expected,
        Seed,
        ColumnCount,
    };

    using QAbstractTableModel::QAbstractTableModel;

    void setCases(std::vector<CaseRow> cases);
    [[nodiscard]] const CaseRow& caseAt(int row) const { return m_cases[static_cast<std::size_t>(row)]; }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] static QString textOf(const CaseRow& row, int column);
    [[nodiscard]] static QVariant valueOf(const CaseRow& row, int column);
    [[nodiscard]] static QString toolTipOf(const CaseRow& row, int column);
    [[nodiscard]] static QString guardsOf(const CaseRow& row);
    [[nodiscard]] static QString elementNote(const CaseRow& row, int column);
    [[nodiscard]] static QVariant colorOf(const CaseRow& row, int column);

    std::vector<CaseRow> m_cases;
};

}  // namespace warploom
