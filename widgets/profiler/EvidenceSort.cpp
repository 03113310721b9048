// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/EvidenceSort.h"

namespace warploom {

EvidenceSort::EvidenceSort(QAbstractItemModel& source, QObject* parent)
    : QSortFilterProxyModel(parent)
{
    setSortRole(SortRole);
    setSourceModel(&source);
}

bool EvidenceSort::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const bool hasLeft = left.data(SortRole).isValid();
    if (hasLeft != right.data(SortRole).isValid())
        return hasLeft == (sortOrder() == Qt::AscendingOrder);
    return QSortFilterProxyModel::lessThan(left, right);
}

}  // namespace warploom
