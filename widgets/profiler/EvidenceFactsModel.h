// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QAbstractTableModel>

#include "profiler/EvidenceRows.h"

namespace warploom {

/// What is known of an evaluation beside its cases: precision, physics floor, timed outputs, memory, confirmation,
/// faults, diagnostics, notes.
class EvidenceFactsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Fact, Of, Figure, Limit, Detail, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setFacts(std::vector<FactRow> facts);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] static QString nameOf(FactKind kind);
    [[nodiscard]] static QString explanationOf(FactKind kind);
    [[nodiscard]] static QString figureOf(const FactRow& fact);
    [[nodiscard]] static QString limitOf(const FactRow& fact);
    [[nodiscard]] static QString detailOf(const FactRow& fact);
    [[nodiscard]] static QStringList partsOf(const SeriesFacts& series);
    [[nodiscard]] static QStringList partsOf(const Fault& fault);
    [[nodiscard]] static QString toolTipOf(const FactRow& fact, int column);
    [[nodiscard]] static QString textOf(const FactRow& fact, int column);

    std::vector<FactRow> m_facts;
};

}  // namespace warploom
