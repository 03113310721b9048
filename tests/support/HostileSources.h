// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include <fmt/format.h>

namespace warploom::test {

inline std::string repeated(const std::string& text, int count)
{
    std::string all;
    all.reserve(text.size() * static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
        all += text;
    return all;
}

inline std::string kernelOf(const std::string& body)
{
    return "extern \"C\" __global__ void k(float* x)\n{\n" + body + "\n}\n";
}

/// Ten times as many statements with each line.
inline std::string billionLaughs()
{
    std::string text = "#define A0 x[0] += 1;\n";
    for (int i = 1; i < 10; ++i)
        text += fmt::format("#define A{} {}\n", i, repeated(fmt::format("A{} ", i - 1), 10));
    return text + kernelOf("A9");
}

}  // namespace warploom::test
