// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/Result.h"

namespace warploom {

/// How deep arrays and objects may lie in each other in text from outside: writing and copying a value recurses.
constexpr int kDeepestJson = 128;

/// Parses text that somebody else wrote. InvalidInput with line and column on anything that is no JSON or lies too
/// deep.
Result<nlohmann::json> parseJson(std::string_view text);

/// One line; bytes that are no UTF-8 (compiler logs, file names) become U+FFFD instead of an exception.
std::string writeJson(const nlohmann::json& json);

/// The value that a peer has sent as \p json; ProtocolViolation where it is none of this type.
template <typename T>
Result<T> valueFromJson(const nlohmann::json& json)
{
    try {
        return json.get<T>();
    } catch (const nlohmann::json::exception& error) {
        return fail(ErrorCode::ProtocolViolation, std::string("an answer that breaks its format: ") + error.what());
    }
}

}  // namespace warploom
