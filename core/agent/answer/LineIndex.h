// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace warploom {

/// Where \p pattern begins in \p text, the first \p most places, overlapping ones too: in linear time (Knuth, Morris
/// and Pratt 1977), whatever both hold.
template <typename T>
std::vector<std::size_t> occurrencesOf(std::span<const T> pattern, std::span<const T> text, std::size_t most)
{
    std::vector<std::size_t> places;
    if (pattern.empty() || pattern.size() > text.size())
        return places;
    std::vector<std::size_t> border(pattern.size(), 0);
    for (std::size_t i = 1, length = 0; i < pattern.size(); ++i) {
        while (length > 0 && pattern[i] != pattern[length])
            length = border[length - 1];
        length += pattern[i] == pattern[length] ? 1 : 0;
        border[i] = length;
    }
    for (std::size_t i = 0, length = 0; i < text.size() && places.size() < most; ++i) {
        while (length > 0 && text[i] != pattern[length])
            length = border[length - 1];
        length += text[i] == pattern[length] ? 1 : 0;
        if (length == pattern.size()) {
            places.push_back(i + 1 - length);
            length = border[length - 1];
        }
    }
    return places;
}

/// The lines of a source as numbers, equal for equal lines, so that runs of lines are found in linear time.
class LineIndex {
public:
    /// \p source must outlive the index. \p trims: lines that differ in blanks at their ends are equal.
    LineIndex(std::span<const std::string_view> lines, bool trims);

    /// Where a run of lines begins, 0-based; at most \p most places.
    [[nodiscard]] std::vector<std::size_t> find(std::span<const std::string_view> run, std::size_t most) const;
    [[nodiscard]] bool contains(std::string_view line) const;

private:
    [[nodiscard]] std::string_view keyOf(std::string_view line) const;

    bool m_trims = false;
    std::unordered_map<std::string_view, int> m_numbers;
    std::vector<int> m_lines;
};

}  // namespace warploom
