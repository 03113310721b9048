// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/answer/LineIndex.h"

#include "base/Trim.h"

namespace warploom {

LineIndex::LineIndex(std::span<const std::string_view> lines, bool trims)
    : m_trims(trims)
{
    m_lines.reserve(lines.size());
    for (const std::string_view line : lines)
        m_lines.push_back(m_numbers.try_emplace(keyOf(line), static_cast<int>(m_numbers.size())).first->second);
}

std::string_view LineIndex::keyOf(std::string_view line) const { return m_trims ? trimmed(line) : line; }

bool LineIndex::contains(std::string_view line) const { return m_numbers.contains(keyOf(line)); }

std::vector<std::size_t> LineIndex::find(std::span<const std::string_view> run, std::size_t most) const
{
    std::vector<int> numbers;
    for (const std::string_view line : run) {
        const auto found = m_numbers.find(keyOf(line));
        if (found == m_numbers.end())
            return {};
        numbers.push_back(found->second);
    }
    return occurrencesOf<int>(numbers, m_lines, most);
}

}  // namespace warploom
