// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/InstructionText.h"

#include <cctype>

namespace warploom {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool isWordPart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '%'; }

/// Drops "@!%p1 ", "@P0 " and the like.
std::string_view withoutPredicate(std::string_view text)
{
    if (!text.starts_with('@'))
        return text;
    const auto end = text.find_first_of(kBlanks);
    return end == std::string_view::npos ? std::string_view() : trimmedText(text.substr(end));
}

/// Drops "$L__BB0_2:".
std::string_view withoutLabel(std::string_view text)
{
    std::size_t at = 0;
    while (at < text.size() && isWordPart(text[at]))
        ++at;
    if (at == 0 || at >= text.size() || text[at] != ':' || text.substr(at).starts_with("::"))
        return text;
    return trimmedText(text.substr(at + 1));
}

}  // namespace

std::string_view trimmedText(std::string_view text)
{
    const auto begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string withoutComments(std::string_view line, bool& isInComment)
{
    std::string kept;
    bool isQuoted = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const std::string_view rest = line.substr(at);
        if (isInComment) {
            if (rest.starts_with("*/")) {
                isInComment = false;
                ++at;
            }
        } else if (isQuoted || rest.front() == '"') {
            isQuoted = isQuoted != (rest.front() == '"');
            kept += rest.front();
        } else if (rest.starts_with("//")) {
            break;
        } else if (rest.starts_with("/*")) {
            isInComment = true;
            kept += ' ';
            ++at;
        } else {
            kept += rest.front();
        }
    }
    return kept;
}

std::vector<std::string_view> instructionsOf(std::string_view line)
{
    std::vector<std::string_view> found;
    if (const auto comment = line.find("//"); comment != std::string_view::npos)
        line = line.substr(0, comment);
    while (!line.empty()) {
        const auto end = line.find(';');
        std::string_view part = trimmedText(line.substr(0, end));
        line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
        while (part.starts_with('{') || part.starts_with('}'))
            part = trimmedText(part.substr(1));
        part = withoutPredicate(withoutLabel(part));
        if (!part.empty() && std::isalpha(static_cast<unsigned char>(part.front())) != 0)
            found.push_back(part);
    }
    return found;
}

std::string_view opcodeOf(std::string_view instruction)
{
    return instruction.substr(0, instruction.find_first_of(" \t;({"));
}

std::string_view baseOpcode(std::string_view opcode) { return opcode.substr(0, opcode.find('.')); }

std::vector<std::string_view> modifiersOf(std::string_view opcode)
{
    std::vector<std::string_view> modifiers;
    for (auto dot = opcode.find('.'); dot != std::string_view::npos; dot = opcode.find('.')) {
        opcode.remove_prefix(dot + 1);
        if (const std::string_view modifier = baseOpcode(opcode); !modifier.empty())
            modifiers.push_back(modifier);
    }
    return modifiers;
}

}  // namespace warploom
