// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/IdleNames.h"

#include <optional>
#include <set>

#include "moves/DirectiveEditor.h"

namespace warploom {

namespace {

/// Names and the lines that define them, where nothing uses them.
std::vector<std::pair<std::string, TextRange>> idleNames(const DirectiveEditor& directives)
{
    std::vector<std::pair<std::string, TextRange>> idle;
    const auto add = [&](const std::string& name, TextRange line) {
        if (!directives.isUsed(name, line))
            idle.emplace_back(name, line);
    };
    for (const TuneLine& tune : directives.tunes())
        add(tune.name, tune.line);
    for (const LetLine& let : directives.lets())
        add(let.name, let.line);
    return idle;
}

}  // namespace

std::string withoutIdleNames(std::string_view before, std::string after)
{
    std::set<std::string> kept;
    for (const auto& [name, line] : idleNames(DirectiveEditor(before)))
        kept.insert(name);
    for (;;) {
        std::optional<TextRange> found;
        for (const auto& [name, line] : idleNames(DirectiveEditor(after)))
            if (!kept.contains(name) && !found)
                found = line;
        if (!found)
            return after;
        after.erase(found->begin, std::min(found->end + 1, after.size()) - found->begin);
    }
}

}  // namespace warploom
