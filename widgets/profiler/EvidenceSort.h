// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSortFilterProxyModel>

namespace warploom {

/// Rows sorted by the values that the source gives under SortRole; those without one come last either way.
class EvidenceSort : public QSortFilterProxyModel {
    Q_OBJECT

public:
    static constexpr int SortRole = Qt::UserRole;

    explicit EvidenceSort(QAbstractItemModel& source, QObject* parent = nullptr);

protected:
    [[nodiscard]] bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;
};

}  // namespace warploom
