// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/Selection.h"

namespace warploom {

void Selection::select(VariantId variant, EvaluationId evaluation)
{
    if (variant == m_variant && evaluation == m_evaluation)
        return;
    m_variant = variant;
    m_evaluation = evaluation;
    emit changed(variant, evaluation);
}

}  // namespace warploom
