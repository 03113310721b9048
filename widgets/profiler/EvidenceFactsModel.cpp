// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/EvidenceFactsModel.h"

#include "look/Figures.h"
#include "profiler/EvidenceSort.h"
#include "profiler/EvidenceText.h"

namespace warploom {

void EvidenceFactsModel::setFacts(std::vector<FactRow> facts)
{
    beginResetModel();
    m_facts = std::move(facts);
    endResetModel();
}

int EvidenceFactsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_facts.size());
}

int EvidenceFactsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString EvidenceFactsModel::nameOf(FactKind kind)
{
    switch (kind) {
    case FactKind::Precision:
        return tr("Precision");
    case FactKind::Floor:
        return tr("Physics floor");
    case FactKind::TimedOutputs:
        return tr("Timed outputs");
    case FactKind::NoiseFloor:
        return tr("Timing noise");
    case FactKind::Memory:
        return tr("Memory and races");
    case FactKind::Confirmation:
        return tr("Fresh process");
    case FactKind::Fault:
        return tr("Fault");
    case FactKind::Note:
        return tr("Note");
    case FactKind::Unreadable:
        return tr("Not readable");
    }
    return {};
}

QString EvidenceFactsModel::explanationOf(FactKind kind)
{
    switch (kind) {
    case FactKind::Precision:
        return tr("Root mean square of the errors against float64, in tolerances");
    case FactKind::Floor:
        return tr("The least time in which the card can move the data and do the arithmetic");
    case FactKind::TimedOutputs:
        return tr("Outputs of timed launches that were compared again");
    case FactKind::NoiseFloor:
        return tr("How far two timings of the same kernel lie apart in this session");
    case FactKind::Unreadable:
        return tr("This build does not know the form of this evidence");
    default:
        return {};
    }
}

QString EvidenceFactsModel::figureOf(const FactRow& fact)
{
    if (!fact.figure)
        return fact.state == StepState::NotMade ? QStringLiteral("–") : stepWord(fact.state);
    switch (fact.kind) {
    case FactKind::Precision:
        return tr("%1 tol.").arg(errorText(fact.figure));
    case FactKind::Floor:
        return timeText(*fact.figure);
    case FactKind::NoiseFloor:
        return tr("%1 %").arg(threeDigits(*fact.figure * 100));
    default:
        return tr("%1 looked at").arg(countText(static_cast<std::uint64_t>(std::max(0.0, *fact.figure))));
    }
}

QString EvidenceFactsModel::limitOf(const FactRow& fact)
{
    if (!fact.allowed)
        return QStringLiteral("–");
    return fact.kind == FactKind::Floor ? QStringLiteral("≥ ") + timeText(*fact.allowed)
                                        : QStringLiteral("≤ ") + errorText(fact.allowed);
}

QString EvidenceFactsModel::detailOf(const FactRow& fact)
{
    QStringList parts;
    if (fact.kind == FactKind::Precision)
        parts << tr("baseline %1").arg(errorText(fact.baseline));
    if (fact.memory)
        parts << (*fact.memory > 0 ? tr("memory %1").arg(timeText(*fact.memory)) : tr("memory: no bound"));
    if (fact.arithmetic)
        parts << (*fact.arithmetic > 0 ? tr("arithmetic %1").arg(timeText(*fact.arithmetic))
                                       : tr("arithmetic: no bound"));
    if (!fact.unit.empty())
        parts << tr("on %1").arg(QString::fromStdString(fact.unit));
    if (!fact.text.empty())
        parts << QString::fromStdString(fact.text);
    return parts.join(QStringLiteral(" · "));
}

QString EvidenceFactsModel::textOf(const FactRow& fact, int column)
{
    switch (column) {
    case Fact:
        return (fact.state == StepState::NotMade ? QStringLiteral(" ") : stepSign(fact.state)) + QLatin1Char(' ')
            + nameOf(fact.kind);
    case Of: {
        QStringList parts;
        for (const std::string& part : {fact.size, fact.buffer})
            if (!part.empty())
                parts << QString::fromStdString(part);
        return parts.join(QStringLiteral(", "));
    }
    case Figure:
        return figureOf(fact);
    case Limit:
        return limitOf(fact);
    default:
        return detailOf(fact);
    }
}

QVariant EvidenceFactsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const FactRow& fact = m_facts[static_cast<std::size_t>(index.row())];
    const int column = index.column();
    const Theme& theme = Theme::instance();
    const bool isFigure = column == Figure || column == Limit;
    switch (role) {
    case Qt::DisplayRole:
        return textOf(fact, column);
    case EvidenceSort::SortRole:
        if (column == Figure || column == Limit) {
            const auto value = column == Figure ? fact.figure : fact.allowed;
            return value ? QVariant(*value) : QVariant();
        }
        return column == Fact ? QVariant(static_cast<int>(fact.kind)) : QVariant(textOf(fact, column));
    case Qt::ToolTipRole: {
        const QString explanation = explanationOf(fact.kind);
        const QString text = textOf(fact, column).trimmed();
        return column != Fact || explanation.isEmpty() ? text : text + QStringLiteral(": ") + explanation;
    }
    case Qt::AccessibleTextRole:
        if (column == Fact)
            return fact.state == StepState::NotMade ? nameOf(fact.kind)
                                                    : tr("%1: %2").arg(nameOf(fact.kind), stepWord(fact.state));
        return textOf(fact, column);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((isFigure ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case Qt::FontRole:
        return isFigure ? QVariant(theme.codeFont()) : QVariant();
    case Qt::ForegroundRole:
        if (column == Fact && fact.state != StepState::NotMade)
            return theme.color(tokenOf(fact.state));
        return column == Limit || column == Of ? QVariant(theme.color(Token::Muted)) : QVariant();
    default:
        return {};
    }
}

QVariant EvidenceFactsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue((section == Figure || section == Limit ? Qt::AlignRight : Qt::AlignLeft)
                                   | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    const QStringList names{tr("Fact"), tr("Of"), tr("Found"), tr("Allowed"), tr("Details")};
    return names[section];
}

}  // namespace warploom
