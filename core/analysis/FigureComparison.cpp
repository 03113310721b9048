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

/// How much a difference deserves attention: a change of the time before all, then by size; what is equal, or cannot be
/// compared, last.
double attention(const ComparedFigure& compared)
{
    if (compared.own.name == "time")
        return 1e9;
    const auto ratio = compared.ratio();
    if (!ratio)
        return compared.other && *compared.other != compared.own.value ? 1e3 : -1;
    return std::abs(std::log(*ratio));
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
