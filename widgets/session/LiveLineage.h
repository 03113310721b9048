// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "engine/Lineage.h"

namespace warploom {

/// The lineage of the open workspace as the views see it: rows only grow, and each batch of events is one set of
/// signals. On the UI thread.
class LiveLineage : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    [[nodiscard]] const Lineage& data() const { return m_lineage; }
    /// Another workspace, or none.
    void reset(Lineage lineage);
    void apply(const std::vector<EventRecord>& events);

signals:
    void wasReset();
    /// After data() has the new rows. In this order within a batch: variants, evaluations, changed variants.
    void variantsAdded(int first, int count);
    void evaluationsAdded(int first, int count);
    /// Rows whose flags or shown evaluation changed.
    void variantsChanged(const QList<int>& rows);
    /// Something was asked, answered, or a variant made of an answer. First of its batch's signals.
    void exchangesChanged();

private:
    Lineage m_lineage;
};

}  // namespace warploom
