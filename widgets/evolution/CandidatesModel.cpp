// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evolution/CandidatesModel.h"

#include <algorithm>
#include <cmath>

#include "plot/EvaluationText.h"
#include "session/LiveLineage.h"

namespace warploom {

CandidatesModel::CandidatesModel(LiveLineage& lineage, QObject* parent)
    : QAbstractTableModel(parent)
    , m_lineage(lineage)
{
    reset();
    connect(&lineage, &LiveLineage::wasReset, this, &CandidatesModel::reset);
    connect(&lineage, &LiveLineage::evaluationsAdded, this, &CandidatesModel::append);
}

void CandidatesModel::reset()
{
    beginResetModel();
    m_counts = {};
    m_shortest = 0;
    m_longest = 0;
    m_rows = static_cast<int>(m_lineage.data().evaluations().size());
    for (const EvaluationRecord& evaluation : m_lineage.data().evaluations())
        note(evaluation);
    m_unit = fittingUnit();
    endResetModel();
    emit counted();
}

void CandidatesModel::append()
{
    const auto& evaluations = m_lineage.data().evaluations();
    const int count = static_cast<int>(evaluations.size());
    beginInsertRows({}, m_rows, count - 1);
    for (int row = m_rows; row < count; ++row)
        note(evaluations[static_cast<std::size_t>(row)]);
    m_rows = count;
    endInsertRows();
    updateUnit();
    emit counted();
}

void CandidatesModel::note(const EvaluationRecord& evaluation)
{
    ++m_counts[static_cast<std::size_t>(evaluation.verdict)];
    if (!evaluation.time || !(evaluation.time->estimate > 0))
        return;
    const double time = evaluation.time->estimate;
    m_shortest = m_shortest > 0 ? std::min(m_shortest, time) : time;
    m_longest = std::max(m_longest, time);
}

TimeUnit CandidatesModel::fittingUnit() const
{
    // Between both ends: a column from 0.5 to 5 ms does not read "5000 µs".
    return m_shortest > 0 ? unitFor(std::sqrt(m_shortest * m_longest)) : TimeUnit::Microseconds;
}

void CandidatesModel::updateUnit()
{
    const TimeUnit unit = fittingUnit();
    if (unit == m_unit)
        return;
    m_unit = unit;
    emit headerDataChanged(Qt::Horizontal, Time, Time);
    if (m_rows > 0)
        emit dataChanged(index(0, Time), index(m_rows - 1, Time), {Qt::DisplayRole});
}

int CandidatesModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : m_rows; }

int CandidatesModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

const EvaluationRecord& CandidatesModel::evaluationAt(int row) const
{
    return m_lineage.data().evaluations()[static_cast<std::size_t>(row)];
}

const VariantRecord* CandidatesModel::variantAt(int row) const
{
    return m_lineage.data().find(evaluationAt(row).variant);
}

QVariant CandidatesModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const auto column = static_cast<Column>(index.column());
    const bool isFigure = column == Variant || column == Time || column == Speedup || column == Trust;
    switch (role) {
    case Qt::DisplayRole:
        return textOf(index.row(), column);
    case Qt::ToolTipRole:
        return evaluationToolTip(m_lineage.data(), evaluationAt(index.row()));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::Alignment((isFigure ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    case SortRole:
        return valueOf(index.row(), column);
    default:
        return {};
    }
}

QString CandidatesModel::textOf(int row, Column column) const
{
    const EvaluationRecord& evaluation = evaluationAt(row);
    const VariantRecord* variant = variantAt(row);
    switch (column) {
    case Variant:
        return QStringLiteral("#%1").arg(evaluation.variant);
    case Title:
        return variant == nullptr ? QString() : QString::fromStdString(variant->title);
    case Configured:
        return configurationText(evaluation.configuration, QStringLiteral(" "));
    case VerdictColumn:
        return verdictText(evaluation.verdict);
    case Time:
        return timeText(evaluation);
    case Speedup:
        return speedupText(evaluation);
    case Trust:
        return QString::number(evaluation.trust);
    case Agent:
        return variant == nullptr ? QString() : QString::fromStdString(variant->agent);
    case ColumnCount:
        break;
    }
    return {};
}

QString CandidatesModel::timeText(const EvaluationRecord& evaluation) const
{
    if (!evaluation.time)
        return {};
    const QString figure = timeFigure(evaluation.time->estimate, m_unit);
    if (evaluation.modelled)
        return tr("%1 modelled").arg(figure);
    return QStringLiteral("%1 [%2, %3]")
        .arg(figure, timeFigure(evaluation.time->low, m_unit), timeFigure(evaluation.time->high, m_unit));
}

QVariant CandidatesModel::valueOf(int row, Column column) const
{
    const EvaluationRecord& evaluation = evaluationAt(row);
    switch (column) {
    case Variant:
        // A plain long would be sorted as text.
        return QVariant(static_cast<qlonglong>(evaluation.variant));
    case Time:
        return evaluation.time ? QVariant(evaluation.time->estimate) : QVariant();
    case Speedup:
        return evaluation.speedup ? QVariant(evaluation.speedup->estimate) : QVariant();
    case Trust:
        return evaluation.trust;
    default:
        return textOf(row, column);
    }
}

bool CandidatesModel::matches(int row, const QString& text) const
{
    for (const Column column : {Title, VerdictColumn, Configured})
        if (textOf(row, column).contains(text, Qt::CaseInsensitive))
            return true;
    const VariantRecord* variant = variantAt(row);
    return variant != nullptr && QString::fromStdString(variant->move).contains(text, Qt::CaseInsensitive);
}

QVariant CandidatesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    // The speedup has its interval at its right.
    const bool isFigure = section == Variant || section == Time || section == Trust;
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment((isFigure ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    if (role != Qt::DisplayRole)
        return {};
    const std::array<QString, ColumnCount> names = {
        tr("Variant"), tr("Title"), tr("Configuration"), tr("Verdict"), tr("Time (%1)").arg(unitName(m_unit)),
        tr("Speedup"), tr("Trust"), tr("Agent")};
    return names[static_cast<std::size_t>(section)];
}

}  // namespace warploom
