// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/Rule.h"

#include <algorithm>

#include "analysis/rules/Rules.h"

namespace warploom {

std::span<const Rule> allRules()
{
    static const std::vector<Rule> rules = [] {
        std::vector<Rule> list = makeRules();
        std::sort(list.begin(), list.end(), [](const Rule& a, const Rule& b) { return a.name < b.name; });
        return list;
    }();
    return rules;
}

const Rule* findRule(std::string_view name)
{
    const auto rules = allRules();
    const auto found = std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.name == name; });
    return found == rules.end() ? nullptr : &*found;
}

}  // namespace warploom
