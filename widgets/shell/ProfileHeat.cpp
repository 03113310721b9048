// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/ProfileHeat.h"

#include <algorithm>

#include <QCoreApplication>
#include <QLocale>

namespace warploom {

namespace {

constexpr std::size_t kReasonsInToolTip = 4;

QString heatText(const char* text) { return QCoreApplication::translate("ProfileHeat", text); }

QString percentText(double share) { return QLocale().toString(100 * share, 'f', share < 0.0995 ? 1 : 0); }

double ratioOf(std::uint64_t part, std::uint64_t whole)
{
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

QStringList countRows(const LineCounters& line)
{
    const QLocale locale;
    QStringList rows;
    const auto add = [&](const char* text, std::uint64_t count) {
        if (count > 0)
            rows << heatText(text).arg(locale.toString(static_cast<qulonglong>(count)));
    };
    add("Warp instructions: %1", line.warpInstructions);
    add("Global requests: %1", line.globalRequests);
    add("Global sectors: %1", line.globalSectors);
    add("Local sectors: %1", line.localSectors);
    add("Bank conflicts: %1", line.sharedBankConflicts);
    add("Divergent branches: %1", line.divergentBranches);
    add("f64 instructions: %1", line.doubleInstructions);
    if (line.globalRequests > 0)
        rows << heatText("Sectors a request: %1")
                    .arg(locale.toString(ratioOf(line.globalSectors, line.globalRequests), 'f', 1));
    return rows;
}

QStringList stallRows(const StallFigures& stalls)
{
    QStringList rows;
    const auto ranked = stalls.ranked();
    for (std::size_t i = 0; i < std::min(ranked.size(), kReasonsInToolTip); ++i) {
        const std::string_view text = stallReasonText(ranked[i].first);
        rows << heatText("%1 %: %2 (%3)")
                    .arg(percentText(ratioOf(ranked[i].second, stalls.samples)),
                         QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())),
                         QString::fromStdString(ranked[i].first));
    }
    return rows;
}

/// Line by line, the figure that heats it.
std::map<int, std::uint64_t> heatingFigures(const VariantProfile& profile)
{
    std::map<int, std::uint64_t> figures;
    for (const auto& [number, stalls] : profile.observation.stalledLines)
        figures[number] = stalls.samples;
    if (figures.empty())
        for (const auto& [number, line] : profile.lines)
            figures[number] = line.warpInstructions;
    return figures;
}

QString toolTipOf(const VariantProfile& profile, int number, double share)
{
    QStringList rows;
    const bool isCard = profile.linesOrigin == FigureOrigin::Measured;
    const QString counted = isCard ? heatText("Counted on the card:") : heatText("Counted on the emulator:");
    if (const auto stalls = profile.observation.stalledLines.find(number);
        stalls != profile.observation.stalledLines.end())
        rows << heatText("%1 % of the samples of where warps were").arg(percentText(share))
             << stallRows(stalls->second);
    else if (profile.observation.stalledLines.empty())
        rows << heatText("%1 % of the executed instructions").arg(percentText(share));
    if (const auto line = profile.lines.find(number); line != profile.lines.end())
        rows << counted << countRows(line->second);
    return rows.join(QLatin1Char('\n'));
}

}  // namespace

LinesHeat heatOf(const VariantProfile& profile)
{
    const auto figures = heatingFigures(profile);
    std::uint64_t all = 0;
    std::uint64_t most = 0;
    for (const auto& [number, figure] : figures) {
        all += figure;
        most = std::max(most, figure);
    }
    LinesHeat heat;
    for (const auto& [number, figure] : figures) {
        const double share = ratioOf(figure, all);
        heat[number] = {ratioOf(figure, most), heatText("%1 %").arg(percentText(share)),
                        toolTipOf(profile, number, share)};
    }
    return heat;
}

}  // namespace warploom
