// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

#include "engine/ExchangeBook.h"
#include "profiler/EvidenceSort.h"

namespace warploom {

class LiveLineage;

/// What was asked of models and programs, one row an exchange, kept up to date.
class ExchangesModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Number, Model, About, How, Tokens, Cost, Time, Outcome, ColumnCount };

    explicit ExchangesModel(LiveLineage& lineage, QObject* parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] const ExchangeRecord& exchangeAt(int row) const;
    /// -1: there is none.
    [[nodiscard]] int rowOf(ExchangeId id) const;

private:
    void update();
    [[nodiscard]] QString textOf(const ExchangeRecord& exchange, Column column) const;
    [[nodiscard]] QVariant valueOf(const ExchangeRecord& exchange, Column column) const;

    LiveLineage& m_lineage;
    int m_rows = 0;
};

/// Those of one model, or of one outcome.
class ExchangesFilter : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit ExchangesFilter(ExchangesModel& model, QObject* parent = nullptr);

    /// Empty: of all.
    void setModelName(const QString& model);
    void setOutcome(std::optional<ExchangeOutcome> outcome);

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    ExchangesModel& m_model;
    QString m_name;
    std::optional<ExchangeOutcome> m_outcome;
};

}  // namespace warploom
