// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include <QAbstractTableModel>

#include "look/Figures.h"

namespace warploom {

class LiveLineage;

inline constexpr std::size_t kVerdictCount = static_cast<std::size_t>(Verdict::NotEmulated) + 1;

/// One row an evaluation, in the order of the lineage: rows are only appended.
class CandidatesModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Variant, Title, Configured, VerdictColumn, Time, Speedup, Trust, Agent, ColumnCount };
    enum Role {
        SortRole = Qt::UserRole,  ///< the value itself; invalid where there is none
    };

    explicit CandidatesModel(LiveLineage& lineage, QObject* parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    [[nodiscard]] const EvaluationRecord& evaluationAt(int row) const;
    /// Null where the lineage does not know the evaluation's variant.
    [[nodiscard]] const VariantRecord* variantAt(int row) const;
    /// Whether the text, in any case, is in title, move, verdict or configuration.
    [[nodiscard]] bool matches(int row, const QString& text) const;
    /// Rows with this verdict.
    [[nodiscard]] int countOf(Verdict verdict) const { return m_counts[static_cast<std::size_t>(verdict)]; }
    /// The unit that fits all times of the column best.
    [[nodiscard]] TimeUnit timeUnit() const { return m_unit; }

signals:
    /// After rows came: countOf() may have changed.
    void counted();

private:
    void append();
    void reset();
    void note(const EvaluationRecord& evaluation);
    void updateUnit();
    [[nodiscard]] TimeUnit fittingUnit() const;
    [[nodiscard]] QString textOf(int row, Column column) const;
    [[nodiscard]] QString timeText(const EvaluationRecord& evaluation) const;
    [[nodiscard]] QVariant valueOf(int row, Column column) const;

    LiveLineage& m_lineage;
    int m_rows = 0;
    std::array<int, kVerdictCount> m_counts{};
    double m_shortest = 0;  ///< microseconds; 0 without a time
    double m_longest = 0;
    TimeUnit m_unit = TimeUnit::Microseconds;
};

}  // namespace warploom
