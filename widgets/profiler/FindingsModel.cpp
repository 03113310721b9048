// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/FindingsModel.h"

#include <algorithm>

#include "profiler/FindingText.h"

namespace warploom {

void FindingsModel::setRows(std::vector<FindingRow> rows, FigureOrigin origin)
{
    beginResetModel();
    m_rows = std::move(rows);
    m_origin = origin;
    m_scale = largestGain(m_rows);
    endResetModel();
}

int FindingsModel::countOf(FindingRow::Kind kind) const
{
    return static_cast<int>(std::ranges::count(m_rows, kind, &FindingRow::kind));
}

int FindingsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant FindingsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const FindingRow& row = rowAt(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return titleOf(row);
    case Qt::ToolTipRole:
        // Marked up so that it wraps; a kernel's name may look like a tag.
        return QStringLiteral("<p>%1</p>")
            .arg(wholeText(row, m_origin).toHtmlEscaped().replace(QLatin1Char('\n'), QLatin1String("<br>")));
    case Qt::AccessibleTextRole:
        return wholeText(row, m_origin);
    default:
        return {};
    }
}

}  // namespace warploom
