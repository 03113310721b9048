// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "exporting/PragmaCode.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace warploom {

namespace {

bool isNamePart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool isNameStart(char c) { return isNamePart(c) && std::isdigit(static_cast<unsigned char>(c)) == 0; }

std::size_t skipBlanks(std::string_view text, std::size_t at)
{
    return std::min(text.find_first_not_of(" \t\r\\\n", at), text.size());
}

std::string_view nameAt(std::string_view text, std::size_t at)
{
    std::size_t end = at;
    while (end < text.size() && isNamePart(text[end]))
        ++end;
    return text.substr(at, end - at);
}

/// As the preprocessor would, with every name replaced once at most on the way down.
std::string expanded(std::string_view text, const MacroTable& macros, std::set<std::string, std::less<>> open = {})
{
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view name = nameAt(text, at);
        if (name.empty()) {
            result += text[at++];
            continue;
        }
        at += name.size();
        const auto macro = isNameStart(name.front()) ? macros.find(std::string(name)) : macros.end();
        if (macro == macros.end() || open.contains(name)) {
            result += name;
            continue;
        }
        auto inner = open;
        inner.emplace(name);
        result += expanded(macro->second, macros, std::move(inner));
    }
    return result;
}

std::string withoutComments(std::string_view text)
{
    std::string result(text.substr(0, text.find("//")));
    for (std::size_t begin = result.find("/*"); begin != std::string::npos; begin = result.find("/*", begin)) {
        const std::size_t end = result.find("*/", begin + 2);
        result.replace(begin, (end == std::string::npos ? result.size() : end + 2) - begin, " ");
    }
    const std::size_t last = result.find_last_not_of(" \t\r\n");
    result.erase(last == std::string::npos ? 0 : last + 1);
    return result;
}

/// What stands behind "#define".
void define(std::string_view text, MacroTable& macros)
{
    const std::size_t begin = skipBlanks(text, 0);
    const std::string name(nameAt(text, begin));
    const std::size_t end = begin + name.size();
    if (end < text.size() && text[end] == '(') {
        macros.erase(name);
        return;
    }
    macros[name] = withoutComments(text.substr(skipBlanks(text, end)));
}

std::string resolvedOperators(std::string_view line, const MacroTable& macros)
{
    constexpr std::string_view kOperator = "_Pragma";
    std::string result;
    std::size_t done = 0;
    for (std::size_t at = line.find(kOperator); at != std::string_view::npos; at = line.find(kOperator, at + 1)) {
        const std::size_t begin = line.find('"', at);
        const std::size_t end = begin == std::string_view::npos ? begin : line.find('"', begin + 1);
        if (end == std::string_view::npos)
            break;
        result.append(line.substr(done, begin - done)).append(expanded(line.substr(begin, end - begin), macros));
        done = end;
    }
    return result.append(line.substr(done));
}

/// One line, its continuations included.
std::string resolvedLine(std::string_view line, MacroTable& macros)
{
    const std::size_t mark = skipBlanks(line, 0);
    if (mark >= line.size() || line[mark] != '#')
        return resolvedOperators(line, macros);
    const std::size_t begin = skipBlanks(line, mark + 1);
    const std::string_view directive = nameAt(line, begin);
    const std::size_t rest = begin + directive.size();
    if (directive == "pragma") {
        const std::size_t what = skipBlanks(line, rest);
        const std::size_t arguments = what + nameAt(line, what).size();
        return std::string(line.substr(0, arguments)).append(expanded(line.substr(arguments), macros));
    }
    std::string result = resolvedOperators(line, macros);
    if (directive == "define")
        define(line.substr(rest), macros);
    else if (directive == "undef")
        macros.erase(std::string(nameAt(line, skipBlanks(line, rest))));
    return result;
}

}  // namespace

std::string withResolvedPragmas(const std::string& source, MacroTable macros)
{
    std::string text;
    std::size_t begin = 0;
    while (begin < source.size()) {
        std::size_t end = std::min(source.find('\n', begin), source.size());
        while (end < source.size() && end > begin && source[end - 1] == '\\')
            end = std::min(source.find('\n', end + 1), source.size());
        text += resolvedLine(std::string_view(source).substr(begin, end - begin), macros);
        if (end < source.size())
            text += '\n';
        begin = end + 1;
    }
    return text;
}

}  // namespace warploom
