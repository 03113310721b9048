// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <QStringView>

namespace warploom {

/// What a piece of a line of PTX or SASS is.
enum class AssemblyInk { Plain, Opcode, Number, Label, Directive, Comment };

/// A piece of a line that is drawn in one colour; what lies between two of them is blank.
struct AssemblySpan {
    qsizetype begin = 0;
    qsizetype length = 0;
    AssemblyInk ink = AssemblyInk::Plain;
};

/// Pieces of a line without tabs. Cheap: it looks at each letter once and knows no grammar.
std::vector<AssemblySpan> assemblySpans(QStringView line);

/// A line as it is shown: tabs are filled up to the next eighth column.
QString shownLine(const std::string& text);
/// How many columns shownLine() has, or a little more where letters take several bytes.
int columnsOf(const std::string& text);

struct TextMatch {
    std::size_t begin = 0;
    std::size_t length = 0;  ///< 0: nothing was found
};

/// Where \p wanted stands in \p text first, from \p from on. Case does not matter, nor how many blanks stand between
/// two words: a tab of the listing is found by a blank.
template <typename Text>
TextMatch matchIn(Text text, Text wanted, std::size_t from)
{
    const auto code = [](auto letter) {
        if constexpr (sizeof(letter) == 1)
            return static_cast<unsigned>(static_cast<unsigned char>(letter));
        else
            return static_cast<unsigned>(letter.unicode());
    };
    const auto lower = [&](auto letter) {
        const unsigned value = code(letter);
        return value >= 'A' && value <= 'Z' ? value + 32 : value == '\t' ? unsigned{' '} : value;
    };
    const auto textSize = static_cast<std::size_t>(text.size());
    const auto wantedSize = static_cast<std::size_t>(wanted.size());
    // How far a match that begins at \p begin reaches; begin itself where there is none.
    const auto endOfMatch = [&](std::size_t begin) {
        std::size_t at = begin;
        for (std::size_t i = 0; i < wantedSize; ++i) {
            if (at >= textSize || lower(text[at]) != lower(wanted[i]))
                return begin;
            ++at;
            if (lower(wanted[i]) != ' ')
                continue;
            while (i + 1 < wantedSize && lower(wanted[i + 1]) == ' ')
                ++i;
            while (at < textSize && lower(text[at]) == ' ')
                ++at;
        }
        return at;
    };
    for (std::size_t begin = from; wantedSize > 0 && begin < textSize; ++begin)
        if (const std::size_t end = endOfMatch(begin); end > begin)
            return {begin, end - begin};
    return {};
}

}  // namespace warploom
