// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "PeaksText.h"

#include <fmt/format.h>

#include "analysis/Rule.h"

namespace warploom {

namespace {

std::string rateOf(PeakRoof roof, double perSecond)
{
    if (!(perSecond > 0))
        return "unknown";
    return numberText(isMemory(roof) ? "_bytes_per_second" : "_flops_per_second", perSecond);
}

std::string shareText(double perSecond, double theoretical)
{
    return theoretical > 0 && perSecond > 0 ? fmt::format("{:.1f} %", 100 * perSecond / theoretical) : "";
}

}  // namespace

std::string peaksText(const Peaks& peaks)
{
    std::string text;
    for (std::size_t i = 0; i < kPeakRoofCount; ++i) {
        const auto roof = static_cast<PeakRoof>(i);
        const Peak& peak = peaks.of(roof);
        if (!(peak.perSecond > 0)) {
            text += fmt::format("  {:<22}unknown\n", peakRoofTitle(roof));
            continue;
        }
        std::string how(peakOriginName(peak.origin));
        if (peak.origin == PeakOrigin::Measured)
            how += fmt::format(", {}", peak.method);
        const std::string share =
            peak.origin == PeakOrigin::Measured ? shareText(peak.perSecond, peak.theoretical) : std::string();
        text += fmt::format("  {:<22}{:<14}{}{}\n", peakRoofTitle(roof), rateOf(roof, peak.perSecond), how,
                            share.empty() ? "" : fmt::format(" ({} of the theoretical)", share));
    }
    for (const std::string& remark : peaks.remarks())
        text += fmt::format("  {}\n", remark);
    return text;
}

std::string benchmarksText(const DevicePeaks& measured, const DeviceFacts& facts)
{
    std::string text =
        fmt::format("  {:<22}{:<36}{:<14}{:<14}{:<9}{}\n", "", "by", "measured", "theoretical", "share", "a launch");
    for (const PeakFigure& figure : measured.figures) {
        const double theoretical = theoreticalPeak(facts, figure.roof);
        text += fmt::format("  {:<22}{:<36}", peakRoofTitle(figure.roof), figure.method);
        if (!figure.missing.empty())
            text += figure.missing + "\n";
        else
            text += fmt::format("{:<14}{:<14}{:<9}{:.3g} ms\n", rateOf(figure.roof, figure.perSecond),
                                rateOf(figure.roof, theoretical), shareText(figure.perSecond, theoretical),
                                figure.time.count() / 1e3);
    }
    if (measured.clockMhz > 0)
        text += fmt::format("  at {:.0f} MHz, of {:.0f} at most\n", measured.clockMhz, facts.clockMhz);
    return text;
}

}  // namespace warploom
