// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QAbstractTableModel>

#include "protocol/Records.h"

namespace warploom {

/// Figures of one evaluation beside those of another: its parent's or the baseline's. One row a figure; what is not
/// known on either side has no row.
class ProfileModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Name, Value, Other, Change, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    /// Both in full.
    void setEvaluations(std::optional<EvaluationRecord> own, std::optional<EvaluationRecord> other,
                        const QString& otherName);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    /// One figure that an evaluation may have.
    struct Figure {
        QString name;
        QString unit;
        std::optional<double> own;
        std::optional<double> other;
        bool lessIsBetter = true;
        bool isTime = false;
        QString explanation;
        QString ownInterval = {};  ///< "[6.27, 6.36]", of what was measured
        QString otherInterval = {};
    };

    void addFigure(Figure figure);
    void addTimes(const EvaluationRecord& own, const EvaluationRecord* other);
    void addResources(const EvaluationRecord& own, const EvaluationRecord* other);
    void addCounters(const EvaluationRecord& own, const EvaluationRecord* other);
    [[nodiscard]] static QString valueText(const Figure& figure, std::optional<double> value, const QString& interval);
    [[nodiscard]] QString changeText(const Figure& figure) const;
    [[nodiscard]] QVariant changeColor(const Figure& figure) const;

    QList<Figure> m_figures;
    QString m_otherName;
    bool m_modelled = false;
};

}  // namespace warploom
