// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/answer/AnswerText.h"

#include <algorithm>
#include <array>

#include "base/Trim.h"

namespace warploom {

namespace {

constexpr std::string_view kBlanks = " \t\r\f\v";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::array<std::string_view, 3> kReasoningTags{"think", "thinking", "reasoning"};

bool beginsLine(std::string_view text, std::size_t at)
{
    const std::size_t before = text.find_last_not_of(" \t", at == 0 ? std::string_view::npos : at - 1);
    return at == 0 || before == std::string_view::npos || before >= at || text[before] == '\n';
}

bool endsLine(std::string_view text, std::size_t at)
{
    const std::size_t next = text.find_first_not_of(" \t", at);
    return next == std::string_view::npos || text[next] == '\n';
}

/// Length of the tag `<think>` (or `</think>`) that stands at \p at; 0 if none does.
std::size_t tagLength(std::string_view text, std::size_t at, bool closes)
{
    std::string_view rest = text.substr(at + 1);
    if (closes != rest.starts_with('/'))
        return 0;
    rest.remove_prefix(closes ? 1 : 0);
    for (const std::string_view tag : kReasoningTags)
        if (rest.size() > tag.size() && rest[tag.size()] == '>' && lowered(rest.substr(0, tag.size())) == tag)
            return tag.size() + (closes ? 3 : 2);
    return 0;
}

/// Takes reasoning out in one pass over the tags.
CleanAnswer withoutReasoning(const std::string& text)
{
    CleanAnswer answer;
    std::size_t kept = 0;  // everything before is either in the answer or dropped
    bool inside = false;
    for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1)) {
        if (const std::size_t length = tagLength(text, at, false); !inside && length > 0 && beginsLine(text, at)) {
            answer.text.append(text, kept, at - kept);
            inside = true;
        } else if (const std::size_t end = tagLength(text, at, true);
                   end > 0 && (inside || beginsLine(text, at) || endsLine(text, at + end))) {
            // Where the server has put the opening tag into the prompt, all before the closing one is reasoning.
            if (!inside)
                answer.text.clear();
            inside = false;
            kept = at + end;
            answer.hadReasoning = true;
        }
    }
    answer.endsInReasoning = inside;
    answer.hadReasoning = answer.hadReasoning || inside;
    if (!inside)
        answer.text.append(text, kept);
    return answer;
}

}  // namespace

std::string withPlainLineEnds(std::string_view text)
{
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r')
            plain += text[i];
        else if (i + 1 == text.size() || text[i + 1] != '\n')
            plain += '\n';
    }
    return plain;
}

CleanAnswer cleanAnswer(std::string_view text)
{
    if (text.starts_with(kByteOrderMark))
        text.remove_prefix(kByteOrderMark.size());
    return withoutReasoning(withPlainLineEnds(text));
}

std::string_view indentOf(std::string_view line)
{
    return line.substr(0, std::min(line.find_first_not_of(kBlanks), line.size()));
}

std::vector<std::string_view> splitLines(std::string_view text)
{
    std::vector<std::string_view> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

std::string lowered(std::string_view text)
{
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return result;
}

std::string shortened(std::string_view text, std::size_t most)
{
    const bool isCut = text.size() > most;
    std::size_t end = std::min(text.size(), most);
    while (isCut && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    std::string result(trimmed(text.substr(0, end)));
    std::replace_if(result.begin(), result.end(), [](char c) { return c == '\n' || c == '\t' || c == '\0'; }, ' ');
    return isCut ? result + "…" : result;
}

}  // namespace warploom
