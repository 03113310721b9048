// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PatchTunables.h"

namespace warploom {

namespace {

bool dividesAll(std::int64_t number, const std::vector<std::int64_t>& values)
{
    return std::ranges::all_of(values, [number](auto value) { return value % number == 0; });
}

/// \p values with \p first in front.
std::vector<std::int64_t> beginningWith(std::int64_t first, std::vector<std::int64_t> values)
{
    std::erase(values, first);
    values.insert(values.begin(), first);
    return values;
}

/// Bytes of the narrowest element that is stored.
std::int64_t storedBytes(const MoveContext& context, const Stencil& stencil)
{
    std::int64_t bytes = 16;
    for (const auto& output : stencil.outputs)
        bytes = std::min<std::int64_t>(
            bytes,
            context.source().context().getTypeSizeInChars(innermostElement(output.base->getType())).getQuantity());
    return std::max<std::int64_t>(bytes, 1);
}

}  // namespace

std::int64_t windowReach(const Stencil& stencil)
{
    std::int64_t most = 1;
    for (const auto& window : stencil.windows) {
        std::int64_t reach = 1;
        for (std::size_t axis = 0; axis < 3; ++axis)
            reach *= window.high[axis] - window.low[axis] + 1;
        most = std::max(most, reach);
    }
    return most;
}

std::vector<std::int64_t> timedValues(const MoveContext& context, const IndexForm& extent)
{
    const auto& terms = extent.terms();
    if (terms.size() != 1 || terms.begin()->second != 1 || terms.begin()->first.size() != 1)
        return {};
    const auto found = context.request().timeSizes.find(terms.begin()->first.front());
    return found == context.request().timeSizes.end() ? std::vector<std::int64_t>() : found->second;
}

std::vector<std::int64_t> patchColumns(const MoveContext& context, const Stencil& stencil, bool hasPlanes)
{
    const auto most = std::clamp<std::int64_t>(16 / storedBytes(context, stencil), 2, 8);
    auto first = most;
    while (first > 1 && !dividesAll(first, timedValues(context, stencil.grid.axes()[0].extent)))
        first /= 2;
    std::vector<std::int64_t> values = {4, 2, 1};
    if (most == 8)
        values.insert(values.begin(), 8);
    return beginningWith(hasPlanes ? 1 : first, values);
}

/// Small images are cut into equal parts.
std::vector<std::int64_t> patchRows(const MoveContext& context, const Stencil& stencil)
{
    const std::vector<std::int64_t> values = {4, 2, 8, 1};
    const auto heights = timedValues(context, stencil.grid.axes()[1].extent);
    if (stencil.grid.isLinear() && !heights.empty())
        for (const std::int64_t part : {8, 7, 6, 5, 4})
            if (dividesAll(part, heights))
                return beginningWith(part, values);
    return values;
}

}  // namespace warploom
