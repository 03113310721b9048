// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/Utf8Repair.h"

#include <algorithm>

#include "protocol/BoundedJson.h"

namespace warploom {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::int64_t occurrences(std::string_view text, std::string_view what)
{
    std::int64_t count = 0;
    for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size()))
        ++count;
    return count;
}

}  // namespace

RepairedText repairUtf8(std::string_view text)
{
    RepairedText repaired{std::string(text), 0};
    if (std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; }))
        return repaired;
    // Writing as JSON replaces what is invalid, and what it writes can be read.
    const auto json = parseJson(writeJson(nlohmann::json(repaired.text)));
    if (json && json->is_string())
        repaired.text = json->get<std::string>();
    repaired.replaced = occurrences(repaired.text, kReplacement) - occurrences(text, kReplacement);
    return repaired;
}

}  // namespace warploom
