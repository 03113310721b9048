// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/knowledge/PageRanking.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace warploom {

namespace {

// A page about the bottleneck, even as its last, comes before one that is about the idiom alone: 4 / (1 + 4 · 0.15) is
// more than 2.
constexpr double kMoveWeight = 5;
constexpr double kBottleneckWeight = 4;
constexpr double kTextWeight = 4;
constexpr double kIdiomWeight = 2;
constexpr double kArchitectureWeight = 1;
/// By how much each place further down in a list counts less.
constexpr double kLaterInQuery = 0.5;
constexpr double kLaterInPage = 0.15;
/// Of two pages that name it at the same place, the one about fewer things.
constexpr double kLongerList = 0.01;

/// 90 of "sm_90", "sm_90a" and "sm_90+"; 0 where it is none.
int numberOf(std::string_view architecture)
{
    return architecture.starts_with("sm_") ? std::atoi(std::string(architecture.substr(3)).c_str()) : 0;
}

bool covers(std::string_view pageHas, int number)
{
    return pageHas.ends_with('+') ? number >= numberOf(pageHas) : number == numberOf(pageHas);
}

double overlap(const std::vector<std::string>& asked, const std::vector<std::string>& has)
{
    double best = 0;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto place = std::find(has.begin(), has.end(), asked[i]) - has.begin();
        if (static_cast<std::size_t>(place) == has.size())
            continue;
        const double weight = (1 + kLaterInQuery * static_cast<double>(i))
            * (1 + kLaterInPage * static_cast<double>(place)) * (1 + kLongerList * static_cast<double>(has.size()));
        best = std::max(best, 1 / weight);
    }
    return best;
}

}  // namespace

bool holdsFor(const KnowledgePage& page, const std::string& architecture)
{
    const int number = numberOf(architecture);
    return page.architectures.empty() || number == 0
        || std::any_of(page.architectures.begin(), page.architectures.end(),
                       [number](const std::string& one) { return covers(one, number); });
}

double fitOf(const KnowledgePage& page, const KnowledgeQuery& query, double textShare)
{
    const double fit = kMoveWeight * overlap(query.moves, page.moves)
        + kBottleneckWeight * overlap(query.bottlenecks, page.bottlenecks)
        + kIdiomWeight * overlap(query.idioms, page.idioms) + kTextWeight * textShare;
    const int number = numberOf(query.architecture);
    const bool isAboutIt = number != 0
        && std::any_of(page.architectures.begin(), page.architectures.end(),
                       [number](const std::string& one) { return !one.ends_with('+') && covers(one, number); });
    return fit + (isAboutIt ? kArchitectureWeight : 0);
}

}  // namespace warploom
