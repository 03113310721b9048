// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/EvidenceFactsModel.h"

#include <algorithm>

#include "look/Figures.h"
#include "profiler/EvidenceSort.h"
#include "profiler/EvidenceText.h"

namespace warploom {

namespace {

/// A compiler's log is long; a tooltip shows its beginning.
constexpr qsizetype kLongestToolTip = 4000;

QString wholeNumber(double value) { return QString::number(value, 'f', 0); }

/// "3, 0, 0"
QString coordinates(const std::vector<std::uint32_t>& values)
{
    QStringList parts;
    for (const std::uint32_t value : values)
        parts << QString::number(value);
    return parts.join(QStringLiteral(", "));
}

/// "1.50× [1.49, 1.51] of …", or the bounds alone where the estimate is the figure.
QString ratioText(const FactRow& fact)
{
    const QString bounds = QStringLiteral("[%1, %2]").arg(threeDigits(fact.ratio->low), threeDigits(fact.ratio->high));
    if (fact.kind == FactKind::Ratio)
        return bounds;
    return EvidenceFactsModel::tr("%1× %2 of the opponent's speed").arg(threeDigits(fact.ratio->estimate), bounds);
}

QString severityText(Diagnostic::Severity severity)
{
    switch (severity) {
    case Diagnostic::Severity::Remark:
        return EvidenceFactsModel::tr("remark");
    case Diagnostic::Severity::Warning:
        return EvidenceFactsModel::tr("warning");
    case Diagnostic::Severity::Error:
        break;
    }
    return EvidenceFactsModel::tr("error");
}

}  // namespace

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
    case FactKind::Ratio:
        return tr("Beside the opponent");
    case FactKind::NoiseFloor:
        return tr("Timing noise");
    case FactKind::Memory:
        return tr("Memory and races");
    case FactKind::Confirmation:
        return tr("Fresh process");
    case FactKind::Fault:
        return tr("Fault");
    case FactKind::Diagnostic:
        return tr("Compiler");
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
        return tr("The least time in which the card can move the data and do the arithmetic: 95 % of the larger of "
                  "memory and arithmetic");
    case FactKind::TimedOutputs:
        return tr("Outputs of timed launches that were compared again");
    case FactKind::Ratio:
        return tr("How many times as fast as what it was timed against, over all time sizes");
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
    if (fact.diagnostic)
        return severityText(fact.diagnostic->severity);
    if (!fact.figure)
        return fact.state == StepState::NotMade ? QStringLiteral("–") : stepWord(fact.state);
    switch (fact.kind) {
    case FactKind::Precision:
        return tr("%1 tol.").arg(errorText(fact.figure));
    case FactKind::Floor:
        return timeText(*fact.figure);
    case FactKind::NoiseFloor:
        return tr("%1 %").arg(threeDigits(*fact.figure * 100));
    case FactKind::Ratio:
        return threeDigits(*fact.figure) + QStringLiteral("×");
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

QStringList EvidenceFactsModel::partsOf(const SeriesFacts& series)
{
    QStringList parts;
    if (series.wrong)
        parts << tr("%1 wrong").arg(wholeNumber(*series.wrong));
    if (series.worstError)
        parts << tr("worst error %1 tol.").arg(errorText(series.worstError));
    if (series.isCold)
        parts << (*series.isCold ? tr("cold") : tr("hot"));
    if (series.rounds)
        parts << tr("rounds: %1").arg(wholeNumber(*series.rounds));
    if (series.launches)
        parts << tr("launches: %1").arg(wholeNumber(*series.launches));
    if (series.copies && *series.copies > 0)
        parts << tr("batch of %1").arg(wholeNumber(*series.copies));
    if (series.noise)
        parts << tr("noise %1 %").arg(threeDigits(*series.noise * 100));
    if (!series.decision.empty())
        parts << QString::fromStdString(series.decision);
    for (const std::string& reason : series.throttling)
        parts << tr("throttled: %1").arg(QString::fromStdString(reason));
    return parts;
}

QStringList EvidenceFactsModel::partsOf(const Fault& fault)
{
    QStringList parts;
    if (!fault.block.empty())
        parts << tr("block (%1)").arg(coordinates(fault.block));
    if (!fault.thread.empty())
        parts << tr("thread (%1)").arg(coordinates(fault.thread));
    if (fault.byteOffset)
        parts << tr("at byte %1").arg(*fault.byteOffset);
    if (!fault.deviceError.empty())
        parts << QString::fromStdString(fault.deviceError);
    return parts;
}

QString EvidenceFactsModel::detailOf(const FactRow& fact)
{
    QStringList parts;
    // A column is not wide: where it happened comes first.
    const SourcePlace place = fact.fault ? fact.fault->place : fact.diagnostic ? fact.diagnostic->place : SourcePlace{};
    if (const std::string text = place.toString(); !text.empty())
        parts << QString::fromStdString(text);
    if (fact.kind == FactKind::Precision)
        parts << tr("baseline %1").arg(errorText(fact.baseline));
    if (fact.memory)
        parts << (*fact.memory > 0 ? tr("memory %1").arg(timeText(*fact.memory)) : tr("memory: no bound"));
    if (fact.arithmetic)
        parts << (*fact.arithmetic > 0 ? tr("arithmetic %1").arg(timeText(*fact.arithmetic))
                                       : tr("arithmetic: no bound"));
    if (!fact.unit.empty())
        parts << tr("on %1").arg(QString::fromStdString(fact.unit));
    if (fact.kind == FactKind::Floor && fact.allowed && *fact.allowed > 0)
        parts << tr("allowed from 95 % of the larger of memory and arithmetic");
    if (!fact.text.empty())
        parts << QString::fromStdString(fact.text);
    if (fact.series)
        parts << partsOf(*fact.series);
    if (fact.ratio)
        parts << ratioText(fact);
    if (fact.fault)
        parts << partsOf(*fact.fault);
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
        // A line a row; the others are in the tooltip.
        return detailOf(fact).section(QLatin1Char('\n'), 0, 0, QString::SectionSkipEmpty);
    }
}

QString EvidenceFactsModel::toolTipOf(const FactRow& fact, int column)
{
    if (column == Detail)
        return detailOf(fact).trimmed().left(kLongestToolTip);
    const QString explanation = explanationOf(fact.kind);
    const QString text = textOf(fact, column).trimmed();
    return column != Fact || explanation.isEmpty() ? text : text + QStringLiteral(": ") + explanation;
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
    case Qt::ToolTipRole:
        return toolTipOf(fact, column);
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
