// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProfileText.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "PeaksText.h"
#include "Terminal.h"
#include "analysis/Rule.h"

namespace warploom {

namespace {

constexpr std::size_t kHottestLines = 20;
constexpr std::size_t kReasonsShown = 3;
constexpr std::size_t kTitleWidth = 34;

std::string numberText(double value)
{
    if (value == std::floor(value) && std::abs(value) < 1e15)
        return fmt::format("{:.0f}", value);
    return fmt::format("{:.4g}", value);
}

std::string valueText(const Figure& figure, double value)
{
    if (figure.unit == "µs")
        return timeText(value);
    return numberText(value) + (figure.unit.empty() ? "" : " " + figure.unit);
}

std::string headText(const ProfiledFile& own)
{
    const VariantProfile& profile = own.profile;
    const DeviceFacts& facts = profile.observation.facts;
    std::string text = fmt::format("{}, size '{}', {} ({})\n", own.name, profile.size, facts.id, facts.name);
    if (profile.observation.time.count() > 0)
        text += fmt::format("  {}{}, {:.1f} % of the {} peak\n", timeText(profile.observation.time.count()),
                            facts.modelled ? ", modelled" : "", 100 * profile.diagnosis.shareOfPeak,
                            peakOriginName(profile.diagnosis.peakOrigin));
    return text;
}

std::string needName(const std::string& need)
{
    return need == "registers" ? "registers a thread"
        : need == "threads"    ? "threads a block"
                               : "bytes of shared memory";
}

std::string kernelsText(const VariantProfile& profile)
{
    std::string text;
    for (const ObservedLaunch& launch : profile.observation.launches) {
        const Occupancy fits = launch.theoreticalOccupancy(profile.observation.facts);
        text += fmt::format("  {}: {} blocks of {} threads", launch.shape.kernel, launch.shape.blocks,
                            launch.shape.threadsPerBlock);
        if (launch.resources)
            text +=
                fmt::format(", {} registers, {} bytes spilt, {} bytes of shared memory", launch.resources->registers,
                            launch.resources->spillLoadBytes + launch.resources->spillStoreBytes,
                            launch.resources->sharedBytes + launch.shape.dynamicShared.value);
        text += fmt::format("; occupancy {:.0f} % ({})\n", 100 * fits.fraction, fits.limiter);
        const auto steps = profile.occupancySteps.find(launch.shape.kernel);
        if (steps == profile.occupancySteps.end())
            continue;
        for (const OccupancyStep& step : steps->second)
            text += fmt::format("    {:.0f} % with {} {} instead of {}\n", 100 * step.occupancy.fraction, step.to,
                                needName(step.need), step.from);
    }
    return text;
}

std::string gainText(const Finding& finding)
{
    if (finding.mostGain <= 1)
        return "nothing to gain";
    return fmt::format("{:.2f}× to {:.2f}×", finding.leastGain, finding.mostGain);
}

std::string findingText(const Finding& finding)
{
    const Rule* rule = findRule(finding.rule);
    std::string text = fmt::format("  {} ({})", rule != nullptr ? rule->title : finding.rule, gainText(finding));
    if (!finding.lines.empty())
        text += fmt::format(", line {}", fmt::join(finding.lines, ", "));
    text += fmt::format("\n    {}\n", sentenceOf(finding));
    if (rule != nullptr && !rule->cure.empty())
        text += fmt::format("    {}\n", rule->cure);
    return text;
}

std::string diagnosisText(const ProfiledFile& own, const ProfiledFile* other)
{
    std::string text = "\nWhat limits it\n";
    for (const Finding& finding : own.profile.diagnosis.findings)
        text += findingText(finding);
    if (own.profile.diagnosis.findings.empty())
        text += "  nothing was found\n";
    if (other == nullptr)
        return text;
    std::string gone;
    for (const ComparedFinding& change : compareFindings(other->profile.diagnosis, own.profile.diagnosis)) {
        if (change.change == FindingChange::Same)
            continue;
        const Rule* rule = findRule(change.finding.rule);
        gone += fmt::format("  {}: {}\n", findingChangeName(change.change),
                            rule != nullptr ? rule->title : change.finding.rule);
    }
    return gone.empty() ? text : text + fmt::format("\nAgainst {}\n{}", other->name, gone);
}

std::string padded(const std::string& text, std::size_t width)
{
    const std::string cut = cutToWidth(text, width);
    std::size_t columns = 0;
    for (const char byte : cut)
        columns += (static_cast<unsigned char>(byte) & 0xC0) != 0x80 ? 1 : 0;
    return cut + std::string(width - std::min(columns, width), ' ');
}

std::string figuresText(const ProfiledFile& own, const ProfiledFile* other)
{
    std::string text = "\nFigures\n";
    const auto compared =
        compareFigures(own.profile.figures, other != nullptr ? other->profile.figures : own.profile.figures);
    for (const ComparedFigure& row : compared) {
        text += "  " + padded(row.own.title, kTitleWidth) + padded(valueText(row.own, row.own.value), 16);
        if (other != nullptr) {
            const auto ratio = row.ratio();
            text += padded(row.other ? valueText(row.own, *row.other) : "–", 16);
            text += padded(ratio ? fmt::format("{:.3g}×", *ratio) : "", 9);
        }
        text += fmt::format("{}{}\n", figureOriginName(row.own.origin),
                            row.own.kernel.empty() ? "" : ", " + row.own.kernel);
    }
    return text;
}

std::string sourceLine(const std::string& source, int number)
{
    std::size_t begin = 0;
    for (int line = 1; line < number && begin != std::string::npos; ++line) {
        begin = source.find('\n', begin);
        begin += begin == std::string::npos ? 0 : 1;
    }
    if (begin == std::string::npos)
        return {};
    const std::string line = source.substr(begin, source.find('\n', begin) - begin);
    return line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
}

std::string linesText(const ProfiledFile& own)
{
    std::vector<std::pair<int, LineCounters>> lines(own.profile.lines.begin(), own.profile.lines.end());
    std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
        return a.second.warpInstructions > b.second.warpInstructions;
    });
    std::uint64_t all = 0;
    for (const auto& [number, counts] : lines)
        all += counts.warpInstructions;
    const char* origin = own.profile.linesOrigin == FigureOrigin::Measured ? "the card" : "the emulator";
    std::string text =
        fmt::format("\nLines, counted on {}\n  line  instructions  sectors       conflicts  divergent\n", origin);
    for (std::size_t i = 0; i < std::min(lines.size(), kHottestLines); ++i) {
        const auto& [number, counts] = lines[i];
        text += fmt::format("  {:>4}  {:>11.1f} %  {:<12}  {:<9}  {:<9}  {}\n", number,
                            100.0 * static_cast<double>(counts.warpInstructions)
                                / static_cast<double>(std::max<std::uint64_t>(all, 1)),
                            counts.globalSectors, counts.sharedBankConflicts, counts.divergentBranches,
                            cutToWidth(sourceLine(own.source, number), 60));
    }
    return text;
}

std::string reasonsText(const StallFigures& stalls)
{
    std::string text;
    const auto ranked = stalls.ranked();
    for (std::size_t i = 0; i < std::min(ranked.size(), kReasonsShown); ++i)
        text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", ranked[i].first,
                            100.0 * static_cast<double>(ranked[i].second) / static_cast<double>(stalls.samples));
    return text;
}

std::string stallsText(const ProfiledFile& own)
{
    if (!own.profile.stalls)
        return {};
    std::vector<std::pair<int, StallFigures>> lines(own.profile.observation.stalledLines.begin(),
                                                    own.profile.observation.stalledLines.end());
    std::stable_sort(lines.begin(), lines.end(),
                     [](const auto& a, const auto& b) { return a.second.samples > b.second.samples; });
    std::uint64_t all = 0;
    for (const auto& [number, stalls] : lines)
        all += stalls.samples;
    std::string text = fmt::format("\nWhere warps were, {} samples of {} {}\n  line  samples  why they did not issue\n",
                                   all, own.profile.stalls->plays, own.profile.stalls->plays == 1 ? "run" : "runs");
    for (std::size_t i = 0; i < std::min(lines.size(), kHottestLines); ++i) {
        const auto& [number, stalls] = lines[i];
        text += fmt::format("  {:>4}  {:>5.1f} %  {}{}\n", number,
                            100.0 * static_cast<double>(stalls.samples) / static_cast<double>(all),
                            padded(reasonsText(stalls), 58), cutToWidth(sourceLine(own.source, number), 50));
    }
    return text;
}

std::string missingText(const VariantProfile& profile)
{
    std::string text;
    for (const std::string& missing : profile.missing)
        text += fmt::format("  {}\n", missing);
    for (const std::string& unknown : profile.diagnosis.unknown)
        text += fmt::format("  {}\n", unknown);
    return text.empty() ? text : "\nMissing\n" + text;
}

}  // namespace

std::string profileText(const ProfiledFile& own, const ProfiledFile* other, bool withLines)
{
    const std::string peaks = "\nPeaks\n" + peaksText(own.profile.observation.peaks());
    return headText(own) + kernelsText(own.profile) + diagnosisText(own, other) + figuresText(own, other) + peaks
        + (withLines ? stallsText(own) + linesText(own) : "") + missingText(own.profile);
}

}  // namespace warploom
