// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/EvidenceCasesModel.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "look/Figures.h"
#include "profiler/EvidenceSort.h"
#include "profiler/EvidenceText.h"

namespace warploom {

namespace {

Mark markOf(const CaseRow& row)
{
    EvaluationRecord evaluation;
    evaluation.verdict = row.verdict;
    return warploom::markOf(evaluation);
}

/// Not a number is worse than anything, infinity too; what is not known has no value.
QVariant sortable(std::optional<double> value)
{
    if (!value)
        return {};
    return std::isnan(*value) ? std::numeric_limits<double>::infinity()
                              : std::min(*value, std::numeric_limits<double>::max());
}

bool isFigure(int column) { return column >= EvidenceCasesModel::Error && column != EvidenceCasesModel::Element; }

}  // namespace

void EvidenceCasesModel::setCases(std::vector<CaseRow> cases)
{
    beginResetModel();
    m_cases = std::move(cases);
    endResetModel();
}

int EvidenceCasesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_cases.size());
}

int EvidenceCasesModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString EvidenceCasesModel::textOf(const CaseRow& row, int column)
{
    switch (column) {
    case Kind:
        return (row.isHidden ? tr("hidden %1") : tr("known %1")).arg(row.number);
    case Size:
        return QString::fromStdString(row.size);
    case Inputs:
        return QString::fromStdString(row.distribution);
    case Outcome:
        if (!row.voidReason.empty())
            return tr("– void: %1").arg(QString::fromStdString(row.voidReason));
        return markSign(markOf(row)) + QLatin1Char(' ') + verdictText(row.verdict)
            + (row.wrong > 0 ? tr(" · %1 wrong").arg(countText(row.wrong)) : QString());
    case Guards:
        if (row.guards == StepState::NotMade)
            return QStringLiteral("–");
        return stepSign(row.guards) + QLatin1Char(' ') + (row.guards == StepState::Passed ? tr("whole") : tr("broken"));
    case Error:
        return errorText(row.error);
    case Baseline:
        return errorText(row.baselineError);
    case Allowed:
        return errorText(row.allowed);
    case Element:
        return row.element.empty() ? QStringLiteral("–") : QString::fromStdString(row.element);
    case Got:
        return elementText(row.got, row.expected);
    case Expected:
        return elementText(row.expected, row.got);
    default:
        return QString::number(row.seed);
    }
}

QVariant EvidenceCasesModel::valueOf(const CaseRow& row, int column)
{
    switch (column) {
    case Kind:
        return (row.isHidden ? 1'000'000 : 0) + row.number;
    case Outcome:
        // Failures together, void cases after them.
        return row.voidReason.empty() ? static_cast<int>(row.verdict) : 1000;
    case Guards:
        return static_cast<int>(row.guards);
    case Error:
        return sortable(row.error);
    case Baseline:
        return sortable(row.baselineError);
    case Allowed:
        return sortable(row.allowed);
    case Got:
        return sortable(row.got);
    case Expected:
        return sortable(row.expected);
    case Seed:
        return static_cast<qulonglong>(row.seed);
    default:
        return textOf(row, column);
    }
}

QString EvidenceCasesModel::guardsOf(const CaseRow& row)
{
    QStringList lines{row.guards == StepState::Passed ? tr("The inputs are unchanged, nothing was written outside")
                          : row.guards == StepState::Failed ? tr("An input was changed, or memory outside was touched")
                                                            : tr("Inputs and surroundings: nothing is on record")};
    QStringList passed;
    for (const std::string& check : row.checks)
        passed << QString::fromStdString(check);
    if (!passed.isEmpty())
        lines << tr("Passed: %1").arg(passed.join(QStringLiteral(", ")));
    if (row.untouched > 0)
        lines << tr("%1 never written").arg(countText(row.untouched));
    if (row.bitsDiffer)
        lines << tr("bits differ between two runs");
    return lines.join(QLatin1Char('\n'));
}

QString EvidenceCasesModel::elementNote(const CaseRow& row, int column)
{
    if (row.element.empty())
        return tr("The candidate's output was not compared in this case");
    const QString text = textOf(row, column);
    if (column == Error) {
        const QString note =
            tr("%1: the largest error, in tolerances, at %2: got %3, expected %4")
                .arg(text, QString::fromStdString(row.worstElement), elementText(row.worstGot, row.worstExpected),
                     elementText(row.worstExpected, row.worstGot));
        return row.largestError == 0 ? note
                                     : note + QLatin1Char('\n')
                + tr("The largest absolute error of an element: %1").arg(errorText(row.largestError));
    }
    return text + QLatin1Char('\n')
        + (row.wrong > 0 ? tr("The first wrong element; %1 of %2 are wrong")
                         : tr("The largest error of %2 elements is here; %1 are wrong"))
              .arg(countText(row.wrong), countText(row.elements));
}

QString EvidenceCasesModel::toolTipOf(const CaseRow& row, int column)
{
    const QString text = textOf(row, column);
    switch (column) {
    case Size:
        return row.extents.empty() || row.extents == row.size
            ? text
            : text + QStringLiteral(": ") + QString::fromStdString(row.extents);
    case Outcome:
        return row.message.empty() ? text : text + QLatin1Char('\n') + QString::fromStdString(row.message);
    case Guards:
        return text + QLatin1Char('\n') + guardsOf(row);
    case Error:
    case Element:
    case Got:
    case Expected:
        return elementNote(row, column);
    case Baseline:
        return tr("%1: the baseline's largest error on the same inputs, in tolerances").arg(text);
    case Allowed:
        return tr("%1: the largest error that counts as right, in tolerances").arg(text);
    default:
        return text;
    }
}

QVariant EvidenceCasesModel::colorOf(const CaseRow& row, int column)
{
    const Theme& theme = Theme::instance();
    switch (column) {
    case Outcome:
        return theme.color(row.voidReason.empty() ? tokenOf(markOf(row)) : Token::Muted);
    case Guards:
        return theme.color(tokenOf(row.guards));
    case Error:
        return row.error && !(*row.error <= row.allowed) ? QVariant(theme.color(Token::Wrong)) : QVariant();
    case Baseline:
    case Allowed:
    case Seed:
        return theme.color(Token::Muted);
    default:
        return {};
    }
}

QVariant EvidenceCasesModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const CaseRow& row = caseAt(index.row());
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return textOf(row, column);
    case EvidenceSort::SortRole:
        return valueOf(row, column);
    case Qt::ToolTipRole:
        return toolTipOf(row, column);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((isFigure(column) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case Qt::FontRole:
        return column >= Error ? QVariant(Theme::instance().codeFont()) : QVariant();
    case Qt::ForegroundRole:
        return colorOf(row, column);
    default:
        return {};
    }
}

QVariant EvidenceCasesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue((isFigure(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && (section == Error || section == Baseline || section == Allowed))
        return tr("In tolerances: 1 is atol + rtol · |expected|");
    if (role == Qt::ToolTipRole && section == Guards)
        return tr("Whether the inputs and the memory around the buffers were whole after the run");
    if (role != Qt::DisplayRole)
        return {};
    const QStringList names{tr("Case"),    tr("Size"),         tr("Inputs"),   tr("Verdict"),
                            tr("Guards"),  tr("Error (tol.)"), tr("Baseline"), tr("Allowed"),
                            tr("Element"), tr("Got"),          tr("Expected"), tr("Seed")};
    return names[section];
}

}  // namespace warploom
