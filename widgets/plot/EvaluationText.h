// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "protocol/Records.h"

namespace warploom {

class Lineage;
class Selection;

/// "6.31× [6.27, 6.36]" or "6.31× modelled", with ", hot" where L2 was; empty without a speedup.
QString speedupText(const EvaluationRecord& evaluation);
/// "#41 pad the shared tile"; the number alone where the variant is not known.
QString variantText(const Lineage& lineage, VariantId variant);
/// Mark, variant, figures, verdict, message and configuration as rich text.
QString evaluationToolTip(const Lineage& lineage, const EvaluationRecord& evaluation);
/// The selected evaluation, which is the variant's shown one where none was chosen; null where there is none.
const EvaluationRecord* selectedEvaluation(const Lineage& lineage, const Selection& selection);

}  // namespace warploom
