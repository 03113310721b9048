// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace warploom {

// Members of JSON that somebody else wrote: what is not there, or of another type, reads as nothing.

inline const nlohmann::json& memberOf(const nlohmann::json& object, std::string_view name)
{
    static const nlohmann::json nothing;
    if (!object.is_object())
        return nothing;
    const auto found = object.find(name);
    return found == object.end() ? nothing : *found;
}

inline std::string textIn(const nlohmann::json& object, std::string_view name)
{
    const nlohmann::json& member = memberOf(object, name);
    return member.is_string() ? member.get<std::string>() : std::string();
}

/// Not negative: what is counted here never is.
inline std::int64_t countIn(const nlohmann::json& object, std::string_view name)
{
    const nlohmann::json& member = memberOf(object, name);
    if (!member.is_number())
        return 0;
    const double value = member.get<double>();
    return value >= 0 && value < 1e15 ? static_cast<std::int64_t>(value) : 0;
}

}  // namespace warploom
