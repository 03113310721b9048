// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "protocol/Records.h"

namespace warploom {

/// The one variant (and evaluation of it) that every view shows. Choosing it anywhere shows it everywhere.
class Selection : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    [[nodiscard]] VariantId variant() const { return m_variant; }
    /// 0: the variant's shown evaluation.
    [[nodiscard]] EvaluationId evaluation() const { return m_evaluation; }
    /// Emits changed() only where something did; 0 selects nothing.
    void select(VariantId variant, EvaluationId evaluation = 0);

signals:
    void changed(VariantId variant, EvaluationId evaluation);

private:
    VariantId m_variant = 0;
    EvaluationId m_evaluation = 0;
};

}  // namespace warploom
