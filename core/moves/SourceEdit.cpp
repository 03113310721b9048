// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/SourceEdit.h"

#include <algorithm>

namespace warploom {

namespace {

bool isIdentifierCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::size_t findIdentifier(std::string_view text, std::string_view name, std::size_t from)
{
    for (auto at = text.find(name, from); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const auto end = at + name.size();
        if ((at == 0 || !isIdentifierCharacter(text[at - 1]))
            && (end == text.size() || !isIdentifierCharacter(text[end])))
            return at;
    }
    return std::string_view::npos;
}

bool isBlank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

std::optional<std::string> applied(std::string_view original, TextRange range, std::vector<Replacement> replacements)
{
    std::stable_sort(replacements.begin(), replacements.end(),
                     [](const auto& a, const auto& b) { return a.range < b.range; });
    std::string result;
    std::size_t at = range.begin;
    for (const auto& [where, text] : replacements) {
        if (where.begin < at || where.end > range.end)
            return std::nullopt;
        result += original.substr(at, where.begin - at);
        result += text;
        at = where.end;
    }
    result += original.substr(at, range.end - at);
    return result;
}

}  // namespace

void SourceEdit::removeWithLine(TextRange range)
{
    auto begin = m_original.rfind('\n', range.begin);
    if (range.begin == 0 || begin == std::string_view::npos)
        begin = 0;
    else if (begin == range.begin)
        begin = m_original.rfind('\n', range.begin - 1) + 1;
    else
        ++begin;
    auto end = m_original.find('\n', range.end);
    end = end == std::string_view::npos ? m_original.size() : end + 1;
    const auto before = m_original.substr(begin, range.begin - begin);
    const auto after = m_original.substr(range.end, end - range.end);
    const auto comment = after.find("//");
    const auto rest = after.substr(0, comment == std::string_view::npos ? after.find('\n') : comment);
    if (isBlank(before) && isBlank(rest))
        replace({begin, end}, {});
    else
        remove(range);
}

std::optional<std::string> SourceEdit::apply() const
{
    return applied(m_original, {0, m_original.size()}, m_replacements);
}

std::string rewritten(std::string_view original, TextRange range, std::vector<Replacement> replacements)
{
    std::erase_if(replacements, [&](const auto& replacement) { return !range.contains(replacement.range); });
    return applied(original, range, std::move(replacements))
        .value_or(std::string(original.substr(range.begin, range.size())));
}

std::string indentationAt(std::string_view text, std::size_t offset)
{
    const auto newline = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
    const auto begin = newline == std::string_view::npos ? 0 : newline + 1;
    const auto end = std::min(text.find_first_not_of(" \t", begin), text.size());
    return std::string(text.substr(begin, end - begin));
}

std::string reindented(std::string_view code, std::string_view indentation)
{
    std::vector<std::string_view> lines;
    for (std::size_t at = 0; at <= code.size();) {
        const auto end = std::min(code.find('\n', at), code.size());
        lines.push_back(code.substr(at, end - at));
        at = end + 1;
    }
    while (!lines.empty() && isBlank(lines.back()))
        lines.pop_back();
    while (!lines.empty() && isBlank(lines.front()))
        lines.erase(lines.begin());
    auto common = std::string_view::npos;
    for (const auto line : lines)
        if (!isBlank(line))
            common = std::min(common, line.find_first_not_of(" \t"));
    std::string result;
    for (const auto line : lines) {
        if (!isBlank(line)) {
            const bool directive = line[common] == '#' && line.find("#pragma") != common;
            result += directive ? std::string() : std::string(indentation);
            result += line.substr(common);
        }
        result += '\n';
    }
    return result;
}

bool mentions(std::string_view text, std::string_view name)
{
    return findIdentifier(text, name, 0) != std::string_view::npos;
}

std::string withIdentifier(std::string_view text, std::string_view name, std::string_view replacement)
{
    std::string result;
    std::size_t at = 0;
    for (auto hit = findIdentifier(text, name, 0); hit != std::string_view::npos;
         hit = findIdentifier(text, name, at)) {
        result += text.substr(at, hit - at);
        result += replacement;
        at = hit + name.size();
    }
    result += text.substr(at);
    return result;
}

}  // namespace warploom
