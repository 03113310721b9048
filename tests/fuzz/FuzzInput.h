// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace warploom::fuzz {

inline std::string_view textOf(const std::uint8_t* data, std::size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}

/// Cuts the first line off \p text: what a target's input says about itself.
inline std::string_view takeLine(std::string_view& text)
{
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

/// What must hold for every input. Ends the process like a fault does.
inline void require(bool holds, std::string_view what)
{
    if (holds)
        return;
    fmt::print(stderr, "does not hold: {}\n", what);
    std::abort();
}

}  // namespace warploom::fuzz
