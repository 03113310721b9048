// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AssemblyRenaming.h"

#include <algorithm>
#include <array>

namespace warploom {

namespace {

bool isDigit(char letter) { return letter >= '0' && letter <= '9'; }

bool isWordLetter(char letter)
{
    return isDigit(letter) || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_'
        || letter == '$' || letter == '%' || letter == '.';
}

bool isNumbered(std::string_view word, std::size_t prefix)
{
    return word.size() > prefix && std::all_of(word.begin() + static_cast<std::ptrdiff_t>(prefix), word.end(), isDigit);
}

}  // namespace

std::string_view wordAt(std::string_view line, std::size_t at)
{
    std::size_t end = at;
    // A dot belongs to the word, but "R4.64" and "%r1.x" are registers with a suffix.
    while (end < line.size() && isWordLetter(line[end])
           && !(line[end] == '.' && end > at && isRegister(line.substr(at, end - at))))
        ++end;
    return line.substr(at, std::max<std::size_t>(end - at, 1));
}

bool isRegister(std::string_view word)
{
    if (word.starts_with('%')) {
        std::size_t prefix = 1;
        while (prefix < word.size() && word[prefix] >= 'a' && word[prefix] <= 'z')
            ++prefix;
        return prefix > 1 && isNumbered(word, prefix);
    }
    static constexpr std::array<std::string_view, 5> kSass{"UR", "UP", "R", "P", "B"};
    return std::any_of(kSass.begin(), kSass.end(), [word](std::string_view prefix) {
        return word.starts_with(prefix) && isNumbered(word, prefix.size());
    });
}

bool isLabel(std::string_view word) { return word.starts_with("$L") || word.starts_with(".L"); }

std::vector<std::string> registersOf(std::string_view line)
{
    std::vector<std::string> registers;
    for (std::size_t at = 0; at < line.size();) {
        const std::string_view word = wordAt(line, at);
        if (isRegister(word))
            registers.emplace_back(word);
        at += word.size();
    }
    return registers;
}

bool Renaming::pair(const std::string& before, const std::string& after)
{
    const auto known = m_after.find(before);
    const auto knownBack = m_before.find(after);
    const bool agrees = (known == m_after.end() || known->second == after)
        && (knownBack == m_before.end() || knownBack->second == before);
    // What is shown last holds: one wrong pair must not spoil every line that follows.
    m_after[before] = after;
    m_before[after] = before;
    return agrees;
}

bool Renaming::agrees(std::string_view before, std::string_view after)
{
    const std::vector<std::string> first = registersOf(before);
    const std::vector<std::string> second = registersOf(after);
    bool agrees = first.size() == second.size();
    for (std::size_t i = 0; i < std::min(first.size(), second.size()); ++i)
        agrees = pair(first[i], second[i]) && agrees;
    return agrees;
}

}  // namespace warploom
