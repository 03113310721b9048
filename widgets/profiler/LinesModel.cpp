// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/LinesModel.h"

#include <algorithm>
#include <array>
#include <set>

#include <QLocale>

#include "look/Theme.h"
#include "profiler/EvidenceSort.h"
#include "profiler/EvidenceText.h"

namespace warploom {

namespace {

double ratioOf(std::uint64_t part, std::uint64_t whole)
{
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

QString percentText(double share)
{
    return QLocale().toString(100 * share, 'f', share < 0.0995 ? 1 : 0) + QStringLiteral(" %");
}

QString fromView(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())); }

/// What heats a line: its samples where a card was sampled, else what it executes.
std::uint64_t heatOfLine(const HotLine& line, bool isSampled)
{
    if (isSampled)
        return line.stalls ? line.stalls->samples : 0;
    return line.counts ? line.counts->warpInstructions : 0;
}

std::optional<std::uint64_t> countOf(const HotLine& line, std::uint64_t LineCounters::* member)
{
    return line.counts ? std::optional((*line.counts).*member) : std::nullopt;
}

std::optional<double> sectorsARequest(const HotLine& line)
{
    if (!line.counts || line.counts->globalRequests == 0)
        return std::nullopt;
    return ratioOf(line.counts->globalSectors, line.counts->globalRequests);
}

QString countOrDash(std::optional<std::uint64_t> count) { return count ? countText(*count) : QStringLiteral("–"); }

}  // namespace

std::vector<HotLine> hotLinesOf(const VariantProfile& profile, const QString& source)
{
    const auto& stalled = profile.observation.stalledLines;
    const QStringList texts = source.split(QLatin1Char('\n'));
    std::set<int> numbers;
    for (const auto& [number, stalls] : stalled)
        numbers.insert(number);
    for (const auto& [number, counts] : profile.lines)
        numbers.insert(number);
    std::vector<HotLine> lines;
    std::uint64_t all = 0;
    for (const int number : numbers) {
        HotLine line;
        line.line = number;
        if (const auto found = stalled.find(number); found != stalled.end())
            line.stalls = found->second;
        if (const auto found = profile.lines.find(number); found != profile.lines.end())
            line.counts = found->second;
        if (number >= 1 && number <= texts.size())
            line.source = texts[number - 1].trimmed();
        all += heatOfLine(line, !stalled.empty());
        lines.push_back(std::move(line));
    }
    for (HotLine& line : lines)
        line.share = ratioOf(heatOfLine(line, !stalled.empty()), all);
    std::stable_sort(lines.begin(), lines.end(), [](const HotLine& a, const HotLine& b) { return a.share > b.share; });
    return lines;
}

void LinesModel::setLines(std::vector<HotLine> lines)
{
    beginResetModel();
    m_lines = std::move(lines);
    endResetModel();
}

int LinesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

int LinesModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString LinesModel::textOf(const HotLine& line, int column)
{
    switch (column) {
    case Line:
        return QLocale::c().toString(line.line);
    case Share:
        return percentText(line.share);
    case Reason: {
        const auto ranked = line.stalls ? line.stalls->ranked() : decltype(line.stalls->ranked())();
        if (ranked.empty())
            return QStringLiteral("–");
        return percentText(ratioOf(ranked.front().second, line.stalls->samples)) + QLatin1Char(' ')
            + fromView(stallReasonText(ranked.front().first));
    }
    case Instructions:
        return countOrDash(countOf(line, &LineCounters::warpInstructions));
    case SectorsARequest: {
        const auto sectors = sectorsARequest(line);
        return sectors ? QLocale().toString(*sectors, 'f', 1) : QStringLiteral("–");
    }
    case Conflicts:
        return countOrDash(countOf(line, &LineCounters::sharedBankConflicts));
    case Divergent:
        return countOrDash(countOf(line, &LineCounters::divergentBranches));
    case Source:
        return line.source;
    default:
        return {};
    }
}

QVariant LinesModel::valueOf(const HotLine& line, int column)
{
    const auto valueOfCount = [&](std::uint64_t LineCounters::* member) {
        const auto count = countOf(line, member);
        return count ? QVariant(static_cast<qulonglong>(*count)) : QVariant();
    };
    switch (column) {
    case Line:
        return line.line;
    case Share:
        return line.share;
    case Instructions:
        return valueOfCount(&LineCounters::warpInstructions);
    case SectorsARequest: {
        const auto sectors = sectorsARequest(line);
        return sectors ? QVariant(*sectors) : QVariant();
    }
    case Conflicts:
        return valueOfCount(&LineCounters::sharedBankConflicts);
    case Divergent:
        return valueOfCount(&LineCounters::divergentBranches);
    default:
        return textOf(line, column);
    }
}

QString LinesModel::toolTipOf(const HotLine& line, int column)
{
    if (column != Reason || !line.stalls)
        return textOf(line, column);
    QStringList rows;
    for (const auto& [reason, samples] : line.stalls->ranked())
        rows << tr("%1: %2 (%3)")
                    .arg(percentText(ratioOf(samples, line.stalls->samples)), fromView(stallReasonText(reason)),
                         QString::fromStdString(reason));
    return rows.isEmpty() ? tr("Its warps did not wait in any sample") : rows.join(QLatin1Char('\n'));
}

QVariant LinesModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const HotLine& line = lineAt(index.row());
    const bool isFigure = index.column() != Reason && index.column() != Source;
    switch (role) {
    case Qt::DisplayRole:
        return textOf(line, index.column());
    case Qt::ToolTipRole:
        return toolTipOf(line, index.column());
    case EvidenceSort::SortRole:
        return valueOf(line, index.column());
    case Qt::TextAlignmentRole:
        return QVariant(static_cast<int>((isFigure ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    case Qt::FontRole:
        return isFigure || index.column() == Source ? QVariant(Theme::instance().codeFont()) : QVariant();
    default:
        return {};
    }
}

QVariant LinesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    struct Header {
        QString text;
        QString toolTip;
    };
    const std::array<Header, ColumnCount> headers{{
        {tr("Line"), tr("Of the source; Enter or a double click jumps there")},
        {tr("Share"), tr("Of the samples of where warps were; without a card, of the executed instructions")},
        {tr("Waits"), tr("Why most of its warps did not issue, by share of the line's samples")},
        {tr("Instructions"), tr("Executed by warps")},
        {tr("Sectors/req."), tr("Sectors of 32 bytes for each request to global memory: 4 where lanes are neighbours")},
        {tr("Conflicts"), tr("Passes through shared memory beyond the ideal")},
        {tr("Divergent"), tr("Branches at which a warp's lanes parted")},
        {tr("Source"), {}},
    }};
    const Header& header = headers[static_cast<std::size_t>(section)];
    if (role == Qt::DisplayRole)
        return header.text;
    return role == Qt::ToolTipRole ? QVariant(header.toolTip) : QVariant();
}

}  // namespace warploom
