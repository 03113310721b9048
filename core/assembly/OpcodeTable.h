// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace warploom {

/// The entry of a table sorted by `name`, or null.
template <typename Entry, std::size_t N>
const Entry* findByName(const Entry (&table)[N], std::string_view name)
{
    const auto found =
        std::lower_bound(std::begin(table), std::end(table), name,
                         [](const Entry& entry, std::string_view wanted) { return entry.name < wanted; });
    return found == std::end(table) || found->name != name ? nullptr : &*found;
}

/// For static_assert: whether each name is greater than the one before.
template <typename Entry, std::size_t N>
constexpr bool isSortedByName(const Entry (&table)[N])
{
    for (std::size_t i = 1; i < N; ++i) {
        if (!(table[i - 1].name < table[i].name))
            return false;
    }
    return true;
}

}  // namespace warploom
