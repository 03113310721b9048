// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/PtxSignatures.h"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "compile/LogText.h"

namespace warploom {

namespace {

bool isWordPart(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '%' || c == '.';
}

/// Splits PTX into words and single punctuation characters; skips comments and strings.
class Words {
public:
    explicit Words(std::string_view text)
        : m_text(text)
    {
    }

    /// The next word; empty at the end.
    std::string_view next()
    {
        skipToWord();
        if (m_position >= m_text.size())
            return {};
        const std::size_t start = m_position;
        if (!isWordPart(m_text[m_position]))
            return m_text.substr(m_position++, 1);
        while (m_position < m_text.size() && isWordPart(m_text[m_position]))
            ++m_position;
        return m_text.substr(start, m_position - start);
    }

    /// Jumps over a function's body: its braces balance.
    void skipBody()
    {
        int depth = 1;
        while (depth > 0) {
            const std::string_view word = next();
            if (word.empty())
                return;
            depth += word == "{" ? 1 : word == "}" ? -1 : 0;
        }
    }

private:
    void skipToWord()
    {
        while (m_position < m_text.size()) {
            const std::string_view rest = m_text.substr(m_position, 2);
            if (std::isspace(static_cast<unsigned char>(rest.front())) != 0)
                ++m_position;
            else if (rest == "//")
                skipPast("\n");
            else if (rest == "/*")
                skipPast("*/");
            else if (rest.front() == '"')
                skipPast("\"");
            else
                return;
        }
    }

    void skipPast(std::string_view end)
    {
        const auto found = m_text.find(end, m_position + 1);
        m_position = found == std::string_view::npos ? m_text.size() : found + end.size();
    }

    std::string_view m_text;
    std::size_t m_position = 0;
};

/// Bytes of a fundamental type like "u64" or "pred"; nothing for words that are no type.
std::optional<std::uint32_t> sizeOfType(std::string_view type)
{
    if (type.size() < 2 || std::string_view("busf").find(type.front()) == std::string_view::npos)
        return std::nullopt;
    const auto bits = parseNumber<std::uint32_t>(type.substr(1));
    if (!bits || *bits % 8 != 0)
        return std::nullopt;
    return *bits / 8;
}

/// Reads ".param .align 4 .b8 name[12]" up to its comma or bracket. Returns the word that ended it.
std::string_view readParameter(Words& words, KernelParameter& parameter)
{
    std::string_view word = words.next();
    std::uint32_t count = 1;
    bool inPointer = false;  // what follows .ptr describes the pointee
    while (!word.empty() && word != "," && word != ")") {
        if (word == ".ptr") {
            inPointer = true;
        } else if (word == ".align") {
            const auto alignment = parseNumber<std::uint32_t>(words.next());
            if (alignment && !inPointer)
                parameter.alignment = *alignment;
        } else if (word == "[") {
            count = parseNumber<std::uint32_t>(words.next()).value_or(0);
            parameter.type += fmt::format("[{}]", count);
        } else if (word.starts_with('.')) {
            if (const auto size = sizeOfType(word.substr(1))) {
                parameter.type = word.substr(1);
                parameter.size = *size;
            }
        }
        word = words.next();
    }
    if (parameter.alignment == 0)
        parameter.alignment = parameter.size;
    parameter.size *= count;
    return word;
}

/// Reads an entry from its name to the end of its parameters.
PtxEntry readEntry(Words& words)
{
    PtxEntry entry;
    entry.name = words.next();
    std::string_view word = words.next();
    if (word != "(")
        return entry;
    while (!word.empty() && word != ")") {
        KernelParameter parameter;
        word = readParameter(words, parameter);
        if (!parameter.type.empty())
            entry.parameters.push_back(std::move(parameter));
    }
    return entry;
}

/// Reads ".align 4 .b8 name[36]" and returns the name.
std::string readVariable(Words& words)
{
    std::string_view word = words.next();
    while (word.starts_with('.')) {
        if (word == ".align" || word == ".managed")
            word = word == ".align" ? words.next() : word;
        word = words.next();
    }
    return std::string(word);
}

}  // namespace

const PtxEntry* PtxSignatures::findEntry(std::string_view name) const
{
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const PtxEntry& e) { return e.name == name; });
    return found == entries.end() ? nullptr : &*found;
}

bool PtxSignatures::hasConstant(std::string_view name) const
{
    return std::find(constants.begin(), constants.end(), name) != constants.end();
}

PtxSignatures parsePtxSignatures(std::string_view ptx)
{
    PtxSignatures signatures;
    Words words(ptx);
    for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
        if (word == ".entry")
            signatures.entries.push_back(readEntry(words));
        else if (word == ".const")
            signatures.constants.push_back(readVariable(words));
        else if (word == "{")
            words.skipBody();
    }
    return signatures;
}

std::optional<SourcePlace> sourceOfPtxLine(std::string_view ptx, int ptxLine)
{
    const auto lines = linesOf(ptx);
    const auto last = std::min(static_cast<std::size_t>(std::max(ptxLine - 1, 0)), lines.size());
    std::optional<SourcePlace> place;
    std::string_view fileNumber;
    for (std::size_t i = 0; i < last; ++i) {
        Words words(lines[i]);
        const std::string_view first = words.next();
        if (first == ".loc") {
            fileNumber = words.next();
            const auto line = parseNumber<int>(words.next());
            const auto column = parseNumber<int>(words.next());
            place = line ? std::optional(SourcePlace{{}, *line, column.value_or(0)}) : std::nullopt;
        } else if (first == "}" && lines[i].starts_with('}')) {
            place.reset();
        }
    }
    if (!place || place->line == 0)
        return std::nullopt;
    for (const std::string_view line : lines) {
        const std::string_view start = trimmed(line);
        Words words(start.substr(0, start.find('"')));
        if (words.next() != ".file" || words.next() != fileNumber)
            continue;
        const auto open = start.find('"');
        if (open != std::string_view::npos)
            place->file = start.substr(open + 1, start.rfind('"') - open - 1);
    }
    return place;
}

}  // namespace warploom
