// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace warploom {

/// ASCII's, whatever the locale.
inline constexpr std::string_view kWhiteSpace = " \t\r\n\f\v";

/// \p text without \p blanks at its end.
constexpr std::string_view trimmedEnd(std::string_view text, std::string_view blanks = kWhiteSpace)
{
    return text.substr(0, text.find_last_not_of(blanks) + 1);  // nothing found is one less than nothing
}

/// \p text without \p blanks at both ends.
constexpr std::string_view trimmed(std::string_view text, std::string_view blanks = kWhiteSpace)
{
    const std::string_view whole = trimmedEnd(text, blanks);
    return whole.empty() ? whole : whole.substr(whole.find_first_not_of(blanks));
}

}  // namespace warploom
