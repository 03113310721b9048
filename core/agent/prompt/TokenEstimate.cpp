// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "agent/prompt/Prompt.h"

namespace warploom {

namespace {

enum class CharacterKind { Letter, Digit, Blank, LineEnd, Mark, Foreign };

CharacterKind kindOf(char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return CharacterKind::Letter;
    if (c >= '0' && c <= '9')
        return CharacterKind::Digit;
    if (c == '\n')
        return CharacterKind::LineEnd;
    if (c == ' ' || c == '\t' || c == '\r')
        return CharacterKind::Blank;
    return static_cast<unsigned char>(c) >= 0x80 ? CharacterKind::Foreign : CharacterKind::Mark;
}

// What byte-pair encoders of today's models make of a run of characters, on average over kernels and English: words
// mostly one token, digits up to three a token, a blank joins the word behind it, and marks pair up.
double tokensOfRun(CharacterKind kind, std::size_t length)
{
    const auto count = static_cast<double>(length);
    switch (kind) {
    case CharacterKind::Letter:
        return length <= 5 ? 1 : 1 + (count - 5) / 6;
    case CharacterKind::Digit:
        return std::ceil(count / 3);
    case CharacterKind::Blank:
        return length == 1 ? 0 : 0.6;
    case CharacterKind::LineEnd:
        return 0.6;
    case CharacterKind::Mark:
        return 0.4 + 0.45 * std::min(count, 12.0) + (length > 12 ? (count - 12) / 16 : 0);
    case CharacterKind::Foreign:
        return count / 2.5;
    }
    return count;
}

}  // namespace

std::int64_t estimateTokens(std::string_view text)
{
    double tokens = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const CharacterKind kind = kindOf(text[begin]);
        std::size_t end = begin + 1;
        while (end < text.size() && kindOf(text[end]) == kind)
            ++end;
        tokens += tokensOfRun(kind, end - begin);
        begin = end;
    }
    return static_cast<std::int64_t>(std::ceil(tokens));
}

}  // namespace warploom
