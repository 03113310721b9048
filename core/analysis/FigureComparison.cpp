// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "analysis/Figures.h"

namespace warploom {

namespace {

using Key = std::tuple<std::string, std::size_t, FigureOrigin>;

/// Names figures by the place of their kernel in the plan, for variants seldom keep its name.
class KernelPlaces {
public:
    Key keyOf(const Figure& figure)
    {
        if (figure.kernel.empty())
            return {figure.name, 0, figure.origin};
        return {figure.name, m_places.try_emplace(figure.kernel, m_places.size() + 1).first->second, figure.origin};
    }

private:
    std::map<std::string, std::size_t> m_places;
};

/// Shares and stalls a cycle matter by how far they are apart: a pipe that was busy for 0.004 % and now is for 2 % has
/// not become another kernel, though that is 500 times as much. So many points count as much as a factor of e.
constexpr double kPointsOfPercent = 30;
constexpr double kStallsACycle = 3;
/// Metrics that people have a word for come before those that only CUPTI has.
constexpr double kUnnamed = 0.5;

bool isShare(const Figure& figure)
{
    return figure.unit == "%" || figure.name.find(".pct") != std::string::npos || figure.name.ends_with("_pct");
}

/// How much a difference deserves attention: a change of the time before all, then by size; what is equal, or cannot be
/// compared, last.
double attention(const ComparedFigure& compared)
{
    const Figure& own = compared.own;
    if (own.name == "time")
        return 1e9;
    if (!compared.other)
        return -1;
    const double named = own.title == own.name ? kUnnamed : 1;
    const double apart = std::abs(own.value - *compared.other);
    if (isShare(own))
        return named * apart / kPointsOfPercent;
    if (own.name.ends_with(".ratio"))
        return named * apart / kStallsACycle;
    const auto ratio = compared.ratio();
    if (!ratio)  // something came or went
        return apart > 0 ? named * std::log(1 + apart) / 4 : 0;
    return named * std::abs(std::log(*ratio));
}

}  // namespace

std::optional<double> ComparedFigure::ratio() const
{
    if (!other || !(own.value > 0) || !(*other > 0))
        return std::nullopt;
    return own.value / *other;
}

std::vector<ComparedFigure> compareFigures(const std::vector<Figure>& own, const std::vector<Figure>& other)
{
    std::map<Key, double> beside;
    KernelPlaces otherPlaces;
    for (const Figure& figure : other)
        beside.try_emplace(otherPlaces.keyOf(figure), figure.value);
    std::vector<ComparedFigure> compared;
    KernelPlaces ownPlaces;
    for (const Figure& figure : own) {
        const auto found = beside.find(ownPlaces.keyOf(figure));
        compared.push_back({figure, found == beside.end() ? std::nullopt : std::optional(found->second)});
    }
    std::stable_sort(compared.begin(), compared.end(),
                     [](const auto& a, const auto& b) { return attention(a) > attention(b); });
    return compared;
}

void to_json(nlohmann::json& json, const ComparedFigure& compared)
{
    json = compared.own;
    json["other"] = compared.other ? nlohmann::json(*compared.other) : nlohmann::json();
    const auto ratio = compared.ratio();
    json["ratio"] = ratio ? nlohmann::json(*ratio) : nlohmann::json();
}

}  // namespace warploom
