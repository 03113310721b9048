// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "engine/Lineage.h"

namespace warploom {

/// Stands for the task's baseline while no run has made a variant of it.
inline constexpr VariantId kTaskBaseline = -1;

/// Which variant the one that is shown is compared with.
struct ComparisonTarget {
    enum class Kind { Parent, Baseline, Best, Chosen };

    Kind kind = Kind::Parent;
    VariantId chosen = 0;  ///< of Chosen

    friend bool operator==(const ComparisonTarget&, const ComparisonTarget&) = default;
};

/// What is compared: a variant, or a draft of one.
struct ComparisonSubject {
    VariantId variant = 0;  ///< 0: a draft
    VariantId parent = 0;  ///< the first one's; of a draft, what it was made of; 0: none

    friend bool operator==(const ComparisonSubject&, const ComparisonSubject&) = default;
};

/// The variant with its parent, as the lineage holds it.
ComparisonSubject subjectOf(const Lineage& lineage, VariantId variant);
/// 0 where there is no such variant, or where it is the subject itself.
VariantId variantToCompareWith(const ComparisonTarget& target, const ComparisonSubject& subject,
                               const Lineage& lineage);
/// "#12 Tile the transpose", "baseline"; "#12" for one that the lineage does not hold.
QString variantTitle(const Lineage& lineage, VariantId variant);

}  // namespace warploom
