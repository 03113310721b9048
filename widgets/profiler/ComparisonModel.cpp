// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/ComparisonModel.h"

#include <cmath>

#include "look/Figures.h"
#include "profiler/EvidenceSort.h"
#include "profiler/EvidenceText.h"
#include "profiler/FindingText.h"

namespace warploom {

namespace {

/// Ratios closer to 1 than this are said to be equal.
constexpr double kEqual = 0.005;

QString valueText(const Figure& figure, double value)
{
    if (figure.unit == "µs")
        return timeText(value);
    const bool isCount = value == std::floor(value) && value >= 0 && value < 1e15;
    const QString text = isCount ? countText(static_cast<std::uint64_t>(value)) : threeDigits(value);
    return figure.unit.empty() ? text : text + QLatin1Char(' ') + QString::fromStdString(figure.unit);
}

QString ratioText(const ComparedFigure& compared)
{
    if (!compared.other)
        return {};
    if (*compared.other == compared.own.value)
        return QStringLiteral("≈");
    const auto ratio = compared.ratio();
    if (!ratio)
        return *compared.other == 0 ? ComparisonModel::tr("new") : ComparisonModel::tr("gone");
    return std::abs(*ratio - 1) < kEqual ? QStringLiteral("≈") : threeDigits(*ratio) + QStringLiteral("×");
}

}  // namespace

void ComparisonModel::setFigures(std::vector<ComparedFigure> figures, KernelNames kernels)
{
    beginResetModel();
    m_figures = std::move(figures);
    m_kernels = std::move(kernels);
    endResetModel();
}

void ComparisonModel::setTitles(const QString& own, const QString& other)
{
    m_own = own;
    m_other = other;
    emit headerDataChanged(Qt::Horizontal, Own, Other);
}

int ComparisonModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_figures.size());
}

int ComparisonModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString ComparisonModel::textOf(const ComparedFigure& compared, int column) const
{
    switch (column) {
    case Name:
        return QString::fromStdString(compared.own.title);
    case Own:
        return valueText(compared.own, compared.own.value);
    case Other:
        return compared.other ? valueText(compared.own, *compared.other) : QStringLiteral("–");
    case Ratio:
        return ratioText(compared);
    case Origin:
        return originText(compared.own.origin);
    case Kernel: {
        const auto found = m_kernels.find(compared.own.kernel);
        return QString::fromStdString(found == m_kernels.end() ? compared.own.kernel : found->second);
    }
    default:
        return {};
    }
}

QVariant ComparisonModel::sortValueOf(const ComparedFigure& compared, int column)
{
    switch (column) {
    case Own:
        return compared.own.value;
    case Other:
        return compared.other ? QVariant(*compared.other) : QVariant();
    case Ratio: {
        const auto ratio = compared.ratio();
        return ratio ? QVariant(*ratio) : QVariant();
    }
    default:
        return {};
    }
}

QVariant ComparisonModel::colorOf(const ComparedFigure& compared, int column)
{
    const Theme& theme = Theme::instance();
    if (column == Other || column == Origin)
        return theme.color(column == Origin ? tokenOf(compared.own.origin) : Token::Muted);
    if (column == Own && compared.own.origin == FigureOrigin::Modelled)
        return theme.color(Token::Modelled);
    if (column != Ratio || !compared.other)
        return {};
    const auto ratio = compared.ratio();
    const bool isEqual = ratio ? std::abs(*ratio - 1) < kEqual : *compared.other == compared.own.value;
    if (isEqual || compared.own.better == Better::Neither)
        return theme.color(isEqual ? Token::Muted : Token::Text);
    const bool isLess = compared.own.value < *compared.other;
    return theme.color(isLess == (compared.own.better == Better::Less) ? Token::Ok : Token::Wrong);
}

QVariant ComparisonModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const ComparedFigure& compared = m_figures[static_cast<std::size_t>(index.row())];
    const bool isNumber = index.column() == Own || index.column() == Other || index.column() == Ratio;
    switch (role) {
    case Qt::DisplayRole:
        return textOf(compared, index.column());
    case EvidenceSort::SortRole:
        return isNumber ? sortValueOf(compared, index.column()) : QVariant(textOf(compared, index.column()));
    case Qt::ToolTipRole:
        return QString::fromStdString(compared.own.name);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case Qt::FontRole:
        return isNumber ? QVariant(Theme::instance().codeFont()) : QVariant();
    case Qt::ForegroundRole:
        return colorOf(compared, index.column());
    default:
        return {};
    }
}

QVariant ComparisonModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return tr("Figure");
    case Own:
        return m_own;
    case Other:
        return m_other;
    case Ratio:
        return tr("Ratio");
    case Origin:
        return tr("Origin");
    default:
        return tr("Kernel");
    }
}

}  // namespace warploom
