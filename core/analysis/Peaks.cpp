// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/Peaks.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "analysis/Rule.h"

namespace warploom {

namespace {

constexpr double kSharedBytesPerClock = 128;
/// What the timer and a clock's granularity may add.
constexpr double kMostOfTheoretical = 1.01;
/// Less than that is a card that did something else, or was throttled.
constexpr double kLeastOfTheoretical = 0.3;

std::string rateText(PeakRoof roof, double perSecond)
{
    return numberText(isMemory(roof) ? "_bytes_per_second" : "_flops_per_second", perSecond);
}

/// The best method of a roof; nothing where none was measured.
const PeakFigure* bestOf(const DevicePeaks& measured, PeakRoof roof)
{
    const PeakFigure* best = nullptr;
    for (const PeakFigure& figure : measured.figures)
        if (figure.roof == roof && std::isfinite(figure.perSecond) && figure.perSecond > 0
            && (best == nullptr || figure.perSecond > best->perSecond))
            best = &figure;
    return best;
}

}  // namespace

std::string_view peakOriginName(PeakOrigin origin)
{
    constexpr std::array<std::string_view, 3> kNames{"theoretical", "modelled", "measured"};
    return kNames.at(static_cast<std::size_t>(origin));
}

PeakOrigin peakOriginFromName(std::string_view name)
{
    for (const PeakOrigin origin : {PeakOrigin::Modelled, PeakOrigin::Measured})
        if (peakOriginName(origin) == name)
            return origin;
    return PeakOrigin::Theoretical;
}

std::string_view peakRoofTitle(PeakRoof roof)
{
    constexpr std::array<std::string_view, kPeakRoofCount> kTitles{
        "DRAM", "L2", "L1", "f32", "f64", "tf32 tensor cores", "f16 tensor cores"};
    return kTitles.at(static_cast<std::size_t>(roof));
}

double theoreticalPeak(const DeviceFacts& facts, PeakRoof roof)
{
    switch (roof) {
    case PeakRoof::Dram:
        return facts.dramBytesPerSecond;
    case PeakRoof::L2:
        return 0;
    case PeakRoof::L1:
        return kSharedBytesPerClock * facts.clockMhz * 1e6 * facts.multiprocessors;
    case PeakRoof::Fp32:
        return facts.fp32FlopsPerSecond;
    case PeakRoof::Fp64:
        return facts.fp64FlopsPerSecond;
    case PeakRoof::Tf32:
        return facts.tf32FlopsPerSecond;
    case PeakRoof::Tensor:
        return facts.tensorFlopsPerSecond;
    }
    return 0;
}

Peaks::Peaks(const DeviceFacts& facts, const std::optional<DevicePeaks>& measured)
{
    for (std::size_t i = 0; i < kPeakRoofCount; ++i) {
        Peak& peak = m_peaks.at(i);
        peak.theoretical = theoreticalPeak(facts, static_cast<PeakRoof>(i));
        peak.perSecond = peak.theoretical;
        peak.origin = facts.modelled ? PeakOrigin::Modelled : PeakOrigin::Theoretical;
    }
    if (!measured || !measured->areOf(facts))
        return;
    for (std::size_t i = 0; i < kPeakRoofCount; ++i)
        if (const PeakFigure* best = bestOf(*measured, static_cast<PeakRoof>(i)))
            use(*best);
    for (const PeakFigure& figure : measured->figures)
        if (!figure.missing.empty())
            m_remarks.push_back(fmt::format("{} by {} was not measured: {}", peakRoofTitle(figure.roof), figure.method,
                                            figure.missing));
    m_remarks.insert(m_remarks.end(), measured->notes.begin(), measured->notes.end());
}

std::string Peaks::doubtIn(const PeakFigure& best) const
{
    const PeakRoof roof = best.roof;
    const double theoretical = of(roof).theoretical;
    if (theoretical > 0 && best.perSecond > kMostOfTheoretical * theoretical)
        return fmt::format("more than the theoretical {}", rateText(roof, theoretical));
    if (theoretical > 0 && best.perSecond < kLeastOfTheoretical * theoretical)
        return fmt::format("less than 30 % of the theoretical {}", rateText(roof, theoretical));
    if (roof != PeakRoof::L2)
        return {};
    // Nothing tells how wide L2 is, but it lies between DRAM and L1.
    const double below = of(PeakRoof::Dram).perSecond;
    const double above = of(PeakRoof::L1).theoretical;
    if (best.perSecond < below)
        return fmt::format("less than DRAM's {}", rateText(roof, below));
    if (above > 0 && best.perSecond > above)
        return fmt::format("more than L1's {}", rateText(roof, above));
    return {};
}

/// DRAM comes first, so that L2 can be held against it.
void Peaks::use(const PeakFigure& best)
{
    if (const std::string doubt = doubtIn(best); !doubt.empty()) {
        m_remarks.push_back(fmt::format("{}: measured {} by {}, {}: not used", peakRoofTitle(best.roof),
                                        rateText(best.roof, best.perSecond), best.method, doubt));
        return;
    }
    Peak& peak = m_peaks.at(static_cast<std::size_t>(best.roof));
    peak.perSecond = best.perSecond;
    peak.origin = PeakOrigin::Measured;
    peak.method = best.method;
}

bool Peaks::isAnyMeasured() const
{
    return std::any_of(m_peaks.begin(), m_peaks.end(),
                       [](const Peak& peak) { return peak.origin == PeakOrigin::Measured; });
}

void to_json(nlohmann::json& json, const Peaks& peaks)
{
    auto roofs = nlohmann::json::object();
    for (std::size_t i = 0; i < kPeakRoofCount; ++i) {
        const auto roof = static_cast<PeakRoof>(i);
        const Peak& peak = peaks.of(roof);
        nlohmann::json& one = roofs[std::string(peakRoofName(roof))];
        one = {{"per_second", peak.perSecond},
               {"origin", peakOriginName(peak.origin)},
               {"theoretical_per_second", peak.theoretical}};
        if (!peak.method.empty())
            one["method"] = peak.method;
    }
    json = {{"roofs", std::move(roofs)}, {"remarks", peaks.remarks()}};
}

}  // namespace warploom
