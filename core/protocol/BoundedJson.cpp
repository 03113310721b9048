// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/BoundedJson.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace warploom {

namespace {

SourcePlace placeOf(std::string_view text, std::size_t offset)
{
    const auto before = text.substr(0, std::min(offset, text.size()));
    const auto newline = before.rfind('\n');
    const auto lineStart = newline == std::string_view::npos ? 0 : newline + 1;
    return {{},
            static_cast<int>(1 + std::count(before.begin(), before.end(), '\n')),
            static_cast<int>(1 + before.size() - lineStart)};
}

/// Offset of the first bracket that lies too deep.
std::optional<std::size_t> findTooDeep(std::string_view text)
{
    int depth = 0;
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '[' || c == '{') {
            if (++depth > kDeepestJson)
                return i;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return std::nullopt;
}

/// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …": the part for people.
std::string reasonIn(std::string_view what)
{
    constexpr std::string_view kBeforeReason = ": ";
    const auto position = what.find(kBeforeReason);
    return std::string(position == std::string_view::npos ? what : what.substr(position + kBeforeReason.size()));
}

}  // namespace

Result<nlohmann::json> parseJson(std::string_view text)
{
    if (const auto offset = findTooDeep(text)) {
        return fail(Error{ErrorCode::InvalidInput, "JSON that is nested too deep", placeOf(text, *offset),
                          fmt::format("at most {} levels", kDeepestJson), "one level more"});
    }
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& error) {
        const auto offset = error.byte > 0 ? error.byte - 1 : 0;
        return fail(Error{ErrorCode::InvalidInput, "no valid JSON", placeOf(text, offset), {}, reasonIn(error.what())});
    } catch (const nlohmann::json::exception& error) {  // a number beyond all bounds
        return fail(Error{ErrorCode::InvalidInput, "no valid JSON", {}, {}, reasonIn(error.what())});
    }
}

std::string writeJson(const nlohmann::json& json)
{
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace warploom
