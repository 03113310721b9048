// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/ComparisonTarget.h"

namespace warploom {

namespace {

/// Where the subject's line began.
VariantId rootOf(const ComparisonSubject& subject, const Lineage& lineage)
{
    const VariantId begin = subject.variant != 0 ? subject.variant : subject.parent;
    auto row = lineage.rowOf(begin);
    if (!row)
        return begin == kTaskBaseline ? begin : 0;
    while (const auto parent = lineage.parentOf(*row))
        row = parent;
    return lineage.variants()[*row].id;
}

VariantId wanted(const ComparisonTarget& target, const ComparisonSubject& subject, const Lineage& lineage)
{
    switch (target.kind) {
    case ComparisonTarget::Kind::Parent:
        return subject.parent;
    case ComparisonTarget::Kind::Baseline:
        return rootOf(subject, lineage);
    case ComparisonTarget::Kind::Best:
        return lineage.best() != nullptr ? lineage.best()->variant : 0;
    case ComparisonTarget::Kind::Chosen:
        return target.chosen;
    }
    return 0;
}

}  // namespace

ComparisonSubject subjectOf(const Lineage& lineage, VariantId variant)
{
    const VariantRecord* record = lineage.find(variant);
    return {variant, record != nullptr && !record->parents.empty() ? record->parents.front() : 0};
}

VariantId variantToCompareWith(const ComparisonTarget& target, const ComparisonSubject& subject, const Lineage& lineage)
{
    const VariantId variant = wanted(target, subject, lineage);
    const bool isKnown = variant == kTaskBaseline || lineage.find(variant) != nullptr;
    return isKnown && variant != subject.variant ? variant : 0;
}

QString variantTitle(const Lineage& lineage, VariantId variant)
{
    if (variant == kTaskBaseline)
        return QStringLiteral("baseline");
    const VariantRecord* record = lineage.find(variant);
    const QString number = QStringLiteral("#%1").arg(variant);
    return record == nullptr ? number : number + QLatin1Char(' ') + QString::fromStdString(record->title);
}

}  // namespace warploom
