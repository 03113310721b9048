// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warploom {

/// The lines of \p text without their ends; views into it.
std::vector<std::string_view> linesOf(std::string_view text);
/// \p text without white space at both ends.
std::string_view trimmed(std::string_view text);
/// The C++ name of a mangled one ("ns::k<float, 4>(float*)"); \p name itself if it is not mangled.
std::string demangled(const std::string& name);
/// \p text with every mangled name in it replaced by its C++ name.
std::string demangledText(std::string_view text);

/// The whole of \p text as a decimal number; nothing if anything else is in it.
template <typename T>
std::optional<T> parseNumber(std::string_view text)
{
    T number{};
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
        return std::nullopt;
    return number;
}

}  // namespace warploom
