// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/IdleNames.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

#include "moves/DirectiveEditor.h"

namespace warploom {

namespace {

/// Name of the macro for a value that \p line defines whole; empty for others.
std::string macroOf(std::string_view line)
{
    const auto skip = [&](std::string_view what) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        const bool is = line.substr(0, what.size()) == what;
        line.remove_prefix(is ? what.size() : 0);
        return is;
    };
    const bool isWhole = line.find('\\') == std::string_view::npos && line.find("/*") == std::string_view::npos;
    if (!isWhole || !skip("#") || !skip("define"))
        return {};
    skip("");
    const auto end =
        std::ranges::find_if(line, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_'; });
    return end != line.end() && *end == '(' ? std::string() : std::string(line.begin(), end);
}

std::vector<std::pair<std::string, TextRange>> macroLines(const std::string& source)
{
    std::vector<std::pair<std::string, TextRange>> macros;
    for (std::size_t begin = 0; begin < source.size();) {
        const auto end = std::min(source.find('\n', begin), source.size());
        if (auto name = macroOf(std::string_view(source).substr(begin, end - begin)); !name.empty())
            macros.emplace_back(std::move(name), TextRange{begin, end});
        begin = end + 1;
    }
    return macros;
}

/// Names and the lines that define them, where nothing uses them.
std::vector<std::pair<std::string, TextRange>> idleNames(const std::string& source)
{
    const DirectiveEditor directives(source);
    std::vector<std::pair<std::string, TextRange>> idle;
    const auto add = [&](const std::string& name, TextRange line) {
        if (!directives.isUsed(name, line))
            idle.emplace_back(name, line);
    };
    for (const TuneLine& tune : directives.tunes())
        add(tune.name, tune.line);
    for (const LetLine& let : directives.lets())
        add(let.name, let.line);
    // Pasted tokens name what stands nowhere.
    if (source.find("##") == std::string::npos)
        for (const auto& [name, line] : macroLines(source))
            add(name, line);
    return idle;
}

}  // namespace

std::string withoutIdleNames(std::string_view before, std::string after)
{
    std::set<std::string> kept;
    for (const auto& [name, line] : idleNames(std::string(before)))
        kept.insert(name);
    for (;;) {
        std::optional<TextRange> found;
        for (const auto& [name, line] : idleNames(after))
            if (!kept.contains(name) && !found)
                found = line;
        if (!found)
            return after;
        after.erase(found->begin, std::min(found->end + 1, after.size()) - found->begin);
    }
}

}  // namespace warploom
