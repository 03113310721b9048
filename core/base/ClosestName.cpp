// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/ClosestName.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace warploom {

namespace {

std::string inLowerCase(std::string_view text)
{
    std::string lower(text);
    for (char& c : lower)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower;
}

/// Levenshtein's: insertions, deletions and substitutions.
std::size_t editDistance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row[b.size()];
}

}  // namespace

std::optional<std::string> closestName(std::string_view name, std::span<const std::string> candidates)
{
    const std::string wanted = inLowerCase(name);
    if (wanted.empty())
        return std::nullopt;
    std::optional<std::string> closest;
    std::size_t least = std::max<std::size_t>(1, wanted.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = editDistance(wanted, inLowerCase(candidate));
        if (distance < least) {
            least = distance;
            closest = candidate;
        }
    }
    if (closest)
        return closest;
    const auto containing = std::find_if(candidates.begin(), candidates.end(), [&](const std::string& candidate) {
        return inLowerCase(candidate).find(wanted) != std::string::npos;
    });
    return containing != candidates.end() ? std::optional(*containing) : std::nullopt;
}

}  // namespace warploom
