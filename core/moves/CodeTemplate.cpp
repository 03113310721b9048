// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeTemplate.h"

namespace warploom {

std::string filled(std::string text, const CodeValues& values)
{
    for (const auto& [name, value] : values) {
        const auto mark = "@" + name + "@";
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
            text.replace(at, mark.size(), value);
    }
    return text;
}

std::string valueOf(const CodeValues& values, const std::string& name)
{
    for (const auto& [known, value] : values)
        if (known == name)
            return value;
    return {};
}

}  // namespace warploom
