// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/LiveLineage.h"

namespace warploom {

void LiveLineage::reset(Lineage lineage)
{
    m_lineage = std::move(lineage);
    emit wasReset();
}

void LiveLineage::apply(const std::vector<EventRecord>& events)
{
    const LineageChange change = m_lineage.apply(events);
    if (change.changedExchanges)
        emit exchangesChanged();
    if (change.newVariants > 0)
        emit variantsAdded(static_cast<int>(change.firstNewVariant), static_cast<int>(change.newVariants));
    if (change.newEvaluations > 0)
        emit evaluationsAdded(static_cast<int>(change.firstNewEvaluation), static_cast<int>(change.newEvaluations));
    if (change.changedVariants.empty())
        return;
    QList<int> rows;
    rows.reserve(static_cast<qsizetype>(change.changedVariants.size()));
    for (const std::size_t row : change.changedVariants)
        rows.append(static_cast<int>(row));
    emit variantsChanged(rows);
}

}  // namespace warploom
