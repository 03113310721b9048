// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/VectorPlan.h"

namespace warploom {

namespace {

/// Address of the element that \p place is where \p var is 0.
std::string rowAddress(std::string place, const std::string& var)
{
    const auto own = fmt::format("[{}]", var);
    const auto last = fmt::format(" + {}]", var);
    const auto first = fmt::format("[{} + ", var);
    if (place.ends_with(own) && !mentions(place.substr(0, place.size() - own.size()), var))
        return place.substr(0, place.size() - own.size());
    if (place.ends_with(last))
        place.replace(place.size() - last.size(), last.size(), "]");
    else if (const auto at = place.find(first); at != std::string::npos)
        place.erase(at + 1, first.size() - 1);
    place = withIdentifier(place, var, "0");
    return place.starts_with('*') ? place.substr(1) : "&" + place;
}

}  // namespace

bool VectorPlan::chooseStart(const std::vector<Access>& accesses)
{
    struct Start {
        IndexForm rest;
        int bytes = 0;  ///< of an element of all that start there
        bool isStored = false;
    };
    std::vector<Start> starts;
    for (const auto& access : accesses) {
        const auto rest = access.base == nullptr ? std::nullopt : restOf(access);
        const int bytes = access.base == nullptr ? 0 : vectorPartOf(access);
        if (!rest || bytes == 0 || !isPlain(access, rest, accesses) || rest->isMultiple(std::nullopt, kVectorBytes))
            continue;
        auto start = std::ranges::find_if(
            starts, [&](const Start& one) { return (*rest - one.rest).isMultiple(std::nullopt, kVectorBytes); });
        if (start == starts.end())
            start = starts.insert(starts.end(), {*rest});
        start->bytes += bytes;
        start->isStored = start->isStored || access.writes;
    }
    const auto best =
        std::ranges::max_element(starts, {}, [](const Start& one) { return std::pair(one.isStored, one.bytes); });
    if (best == starts.end())
        return false;
    m_start = best->rest;
    return true;
}

std::string VectorPlan::elementsAhead() const
{
    // Narrower ones are on boundaries of their own vectors then, too.
    const auto widest = std::ranges::max_element(m_lanes, {}, [](const Lane& lane) { return lane.bytes; });
    return fmt::format("-reinterpret_cast<unsigned long long>({}) % {} / {}",
                       rowAddress(widest->place, m_var->getName().str()), kVectorBytes, widest->bytes);
}

}  // namespace warploom
