// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/ListingSamples.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr std::string_view kCountedTwice = "_not_issued";
constexpr std::size_t kReasonsTold = 3;

using Values = std::map<std::string, std::uint64_t>;

std::uint64_t samplesOf(const Values& values)
{
    std::uint64_t samples = 0;
    for (const auto& [name, count] : values)
        samples += name.ends_with(kCountedTwice) ? 0 : count;
    return samples;
}

std::string reasonsOf(const Values& values, std::uint64_t samples)
{
    std::vector<std::pair<std::uint64_t, std::string>> ranked;
    for (const auto& [name, count] : values)
        if (!name.ends_with(kCountedTwice))
            ranked.emplace_back(count, name);
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::string text;
    for (std::size_t i = 0; i < std::min(ranked.size(), kReasonsTold); ++i)
        text += fmt::format("{}{} {:.0f} %", i == 0 ? "" : ", ", ranked[i].second,
                            100.0 * static_cast<double>(ranked[i].first) / static_cast<double>(samples));
    return text;
}

}  // namespace

void addSamples(Listing& sass, const InstructionReport& stalls)
{
    std::map<std::pair<std::string, std::uint32_t>, const Values*> places;
    std::uint64_t all = 0;
    for (const InstructionFigures& figures : stalls.instructions) {
        places[{figures.function, figures.address}] = &figures.values;
        all += samplesOf(figures.values);
    }
    for (const Listing::Kernel& kernel : sass.kernels)
        for (std::uint32_t row = 0; row < kernel.lineCount && kernel.firstLine + row < sass.lines.size(); ++row) {
            ListingLine& line = sass.lines[kernel.firstLine + row];
            const auto found = line.address ? places.find({kernel.name, *line.address}) : places.end();
            if (found == places.end())
                continue;
            const std::uint64_t samples = samplesOf(*found->second);
            if (samples == 0)
                continue;
            line.share = static_cast<double>(samples) / static_cast<double>(all);
            line.stalls = reasonsOf(*found->second, samples);
        }
}

}  // namespace warploom
