// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/HttpMessage.h"

#include <algorithm>
#include <cctype>

namespace warploom {

namespace {

bool equalsInAnyCase(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::string_view HttpHead::header(std::string_view name) const
{
    const auto found = std::find_if(headers.begin(), headers.end(),
                                    [name](const HttpHeader& one) { return equalsInAnyCase(one.name, name); });
    return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

}  // namespace warploom
