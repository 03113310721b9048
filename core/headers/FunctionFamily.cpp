// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "headers/FunctionFamily.h"

namespace warploom {

namespace {

std::vector<std::string> parts(std::string_view text, char separator)
{
    std::vector<std::string> found;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find(separator, begin), text.size());
        if (end > begin)
            found.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return found;
}

/// The names that one with a * or # stands for.
std::vector<std::string> spelledOut(const std::string& name)
{
    const auto place = name.find_first_of("*#");
    if (place == std::string::npos)
        return {name};
    const auto with = [&](const char* word) { return std::string(name).replace(place, 1, word); };
    if (name[place] == '#')
        return {with("2"), with("4")};
    return {with("rn"), with("rz"), with("ru"), with("rd")};
}

}  // namespace

std::vector<CudaFunction> functionsOf(std::span<const FunctionFamily> families)
{
    std::vector<CudaFunction> functions;
    for (const auto& family : families)
        for (const auto& name : parts(family.names, ' '))
            for (const auto& spelled : spelledOut(name))
                functions.push_back({spelled, std::string(family.result), parts(family.parameters, ',')});
    return functions;
}

void replaceEach(std::string& text, std::string_view word, std::string_view by)
{
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size()))
        text.replace(at, word.size(), by);
}

}  // namespace warploom
