// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/ProfileHeat.h"

#include <algorithm>

#include <QCoreApplication>
#include <QLocale>

namespace warploom {

namespace {

QString heatText(const char* text) { return QCoreApplication::translate("ProfileHeat", text); }

QString toolTipOf(const LineCounters& line, double share)
{
    const QLocale locale;
    QStringList rows{heatText("%1 % of the executed instructions, counted on the emulator")
                         .arg(locale.toString(100 * share, 'f', 1))};
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
                    .arg(locale.toString(
                        static_cast<double>(line.globalSectors) / static_cast<double>(line.globalRequests), 'f', 1));
    return rows.join(QLatin1Char('\n'));
}

}  // namespace

LinesHeat heatOf(const VariantProfile& profile)
{
    std::uint64_t all = 0;
    std::uint64_t most = 0;
    for (const auto& [number, line] : profile.lines) {
        all += line.warpInstructions;
        most = std::max(most, line.warpInstructions);
    }
    LinesHeat heat;
    for (const auto& [number, line] : profile.lines) {
        const double share =
            static_cast<double>(line.warpInstructions) / static_cast<double>(std::max<std::uint64_t>(all, 1));
        const double ofHottest =
            static_cast<double>(line.warpInstructions) / static_cast<double>(std::max<std::uint64_t>(most, 1));
        heat[number] = {ofHottest, heatText("%1 %").arg(QLocale().toString(100 * share, 'f', share < 0.0995 ? 1 : 0)),
                        toolTipOf(line, share)};
    }
    return heat;
}

}  // namespace warploom
