// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AssemblyDiffModel.h"

#include <algorithm>

#include "look/Theme.h"
#include "profiler/AssemblyRows.h"
#include "profiler/AssemblyText.h"

namespace warploom {

namespace {

using Kind = AssemblyDiffLine::Kind;

constexpr int kContext = 4;

QString signOf(Kind kind)
{
    switch (kind) {
    case Kind::Added:
        return QStringLiteral("+");
    case Kind::Removed:
        return QStringLiteral("−");
    case Kind::Rewired:
        return QStringLiteral("~");
    default:
        return {};
    }
}

QString shownAt(const Listing& listing, int line)
{
    return shownLine(listing.lines[static_cast<std::size_t>(line)].text).simplified();
}

}  // namespace

void AssemblyDiffModel::setListings(std::shared_ptr<const Listing> before, std::shared_ptr<const Listing> after,
                                    bool isSass)
{
    beginResetModel();
    m_before = std::move(before);
    m_after = std::move(after);
    m_lines = withoutEqualLines(assemblyDiff(*m_before, *m_after, isSass), kContext);
    endResetModel();
}

void AssemblyDiffModel::clear()
{
    beginResetModel();
    m_lines.clear();
    endResetModel();
}

int AssemblyDiffModel::countOf(Kind kind) const
{
    return static_cast<int>(std::ranges::count(m_lines, kind, &AssemblyDiffLine::kind));
}

int AssemblyDiffModel::nextChange(int row) const
{
    const auto isChange = [this](int i) { return at(i).kind != Kind::Same && at(i).kind != Kind::Gap; };
    const int count = rowCount();
    for (int step = 1; step <= count; ++step) {
        const int next = (std::max(row, -1) + step) % count;
        if (isChange(next) && (next == 0 || !isChange(next - 1)))
            return next;
    }
    return -1;
}

const ListingLine* AssemblyDiffModel::lineOf(const AssemblyDiffLine& line) const
{
    if (line.after >= 0)
        return &m_after->lines[static_cast<std::size_t>(line.after)];
    return line.before >= 0 ? &m_before->lines[static_cast<std::size_t>(line.before)] : nullptr;
}

int AssemblyDiffModel::sourceOf(int row) const
{
    const ListingLine* line = lineOf(at(row));
    return line == nullptr ? 0 : ownSourceOf(*line);
}

int AssemblyDiffModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

int AssemblyDiffModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString AssemblyDiffModel::textOf(int row, int column) const
{
    const AssemblyDiffLine& line = at(row);
    if (line.kind == Kind::Gap)
        return column == Instruction ? tr("… equal lines: %1").arg(line.lines) : QString();
    const auto numberOf = [](int number) { return number < 0 ? QString() : QString::number(number + 1); };
    switch (column) {
    case Before:
        return numberOf(line.before);
    case After:
        return numberOf(line.after);
    case Change:
        return signOf(line.kind);
    case Source:
        return sourceOf(row) > 0 ? QString::number(sourceOf(row)) : QString();
    default:
        return shownLine(lineOf(line)->text).simplified();
    }
}

QString AssemblyDiffModel::toolTipOf(int row) const
{
    const AssemblyDiffLine& line = at(row);
    const QString text = textOf(row, Instruction);
    switch (line.kind) {
    case Kind::Added:
        return tr("%1\nonly in the variant after").arg(text);
    case Kind::Removed:
        return tr("%1\nonly in the variant before").arg(text);
    case Kind::Rewired:
        return tr("%1\nfed from another register than before: %2").arg(text, shownAt(*m_before, line.before));
    default:
        return text;
    }
}

QVariant AssemblyDiffModel::colorOf(const AssemblyDiffLine& line, int column)
{
    const Theme& theme = Theme::instance();
    if (column == Change && line.kind == Kind::Added)
        return theme.color(Token::Ok);
    if (column == Change && line.kind == Kind::Removed)
        return theme.color(Token::Wrong);
    if (column == Change)
        return theme.color(Token::Error);
    // On the ground of a change numbers are text: muted ones could not be read.
    const bool isPlain = line.kind == Kind::Same || line.kind == Kind::Gap;
    return theme.color(isPlain && (column != Instruction || line.kind == Kind::Gap) ? Token::Muted : Token::Text);
}

QVariant AssemblyDiffModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const AssemblyDiffLine& line = at(index.row());
    const bool isNumber = index.column() != Instruction && index.column() != Change;
    switch (role) {
    case Qt::DisplayRole:
        return textOf(index.row(), index.column());
    case Qt::ToolTipRole:
        return toolTipOf(index.row());
    case Qt::AccessibleTextRole:
        return index.column() == Instruction ? toolTipOf(index.row()) : textOf(index.row(), index.column());
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case Qt::FontRole:
        return Theme::instance().codeFont();
    case Qt::ForegroundRole:
        return colorOf(line, index.column());
    case Qt::BackgroundRole:
        if (line.kind == Kind::Added || line.kind == Kind::Removed)
            return Theme::instance().color(line.kind == Kind::Added ? Token::Added : Token::Removed);
        return {};
    default:
        return {};
    }
}

QVariant AssemblyDiffModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    const bool isNumber = section != Instruction && section != Change;
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && section == Change)
        return tr("+ only after, − only before, ~ fed from another register");
    if (role != Qt::DisplayRole)
        return {};
    return QStringList{tr("Before"), tr("After"), tr("±"), tr("Source"), tr("Instruction")}[section];
}

}  // namespace warploom
