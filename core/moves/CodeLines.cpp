// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeLines.h"

#include <algorithm>

#include "moves/SourceEdit.h"

namespace warploom {

namespace {

constexpr std::size_t kLineWidth = 120;

/// The blank at which \p line is broken; npos where there is none.
std::size_t breakOf(const std::string& line, std::size_t begin, bool isComment)
{
    if (isComment)
        return line.rfind(' ', kLineWidth);
    std::size_t best = 0;
    for (const std::string_view mark : {", ", "&& ", "|| ", "? ", ": ", "= "}) {
        const bool isBehind = mark == ", " || mark == "= ";
        const auto at = line.rfind(mark, isBehind ? kLineWidth - mark.size() + 1 : kLineWidth);
        if (at != std::string::npos && at > begin)
            best = std::max(best, isBehind ? at + mark.size() - 1 : at - 1);
    }
    return best == 0 ? std::string::npos : best;
}

std::string wrapped(std::string line)
{
    const auto begin = line.find_first_not_of(' ');
    const bool isComment = begin != std::string::npos && line.compare(begin, 2, "//") == 0;
    std::string text;
    while (line.size() > kLineWidth) {
        const auto next = std::string(begin, ' ') + (isComment ? "// " : "    ");
        const auto at = breakOf(line, next.size(), isComment);
        if (at == std::string::npos || at <= next.size())
            break;
        text += line.substr(0, at) + "\n";
        line = next + line.substr(at + 1);
    }
    return text + line;
}

}  // namespace

void CodeLines::add(const std::string& line) { m_text += wrapped(std::string(m_depth * 4, ' ') + line) + "\n"; }

void CodeLines::open(const std::string& line)
{
    if (!line.empty())
        add(line);
    ++m_depth;
}

void CodeLines::close(const std::string& line)
{
    --m_depth;
    if (!line.empty())
        add(line);
}

void CodeLines::insert(std::string_view code) { m_text += reindented(code, std::string(m_depth * 4, ' ')); }

}  // namespace warploom
