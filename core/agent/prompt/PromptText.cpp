// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/prompt/PromptText.h"

#include <algorithm>

#include <fmt/format.h>

#include "agent/answer/AnswerText.h"
#include "analysis/Rule.h"
#include "variant/SourceText.h"

namespace warploom {

namespace {

constexpr std::size_t kLongestLine = 200;
/// lineDiff() keeps a table of lines by edits.
constexpr std::ptrdiff_t kMostComparedLines = 3000;

std::size_t longestRun(std::string_view text, char sign)
{
    std::size_t longest = 0;
    std::size_t length = 0;
    for (const char c : text) {
        length = c == sign ? length + 1 : 0;
        longest = std::max(longest, length);
    }
    return longest;
}

std::string diffLine(const DiffLine& line)
{
    const char sign = line.kind == DiffLine::Kind::Added ? '+' : line.kind == DiffLine::Kind::Removed ? '-' : ' ';
    return fmt::format("{}{}\n", sign, line.text);
}

}  // namespace

std::string fenced(std::string_view text, std::string_view language)
{
    const std::string fence(std::max<std::size_t>(3, longestRun(text, '`') + 1), '`');
    return fmt::format("{}{}\n{}{}{}", fence, language, text, text.empty() || text.back() == '\n' ? "" : "\n", fence);
}

std::string quotedLines(std::string_view text)
{
    const std::string plain = withPlainLineEnds(text);
    std::string quoted;
    for (const std::string_view line : splitLines(plain))
        quoted += fmt::format("{}> {}", quoted.empty() ? "" : "\n", line);
    return quoted;
}

std::string onOneLine(std::string_view text, std::size_t most) { return shortened(text, most); }

std::string beginningOf(std::string_view text, std::size_t most)
{
    if (text.size() <= most)
        return std::string(text);
    const std::size_t end = text.rfind('\n', most);
    const std::string_view kept = text.substr(0, end == std::string_view::npos || end == 0 ? most : end);
    return fmt::format("{}\n… {} more bytes are left out", kept, text.size() - kept.size());
}

std::string lineOf(std::string_view source, int line)
{
    const auto lines = splitLines(source);
    return line < 1 || static_cast<std::size_t>(line) > lines.size()
        ? std::string()
        : shortened(lines[static_cast<std::size_t>(line) - 1], kLongestLine);
}

std::string placeText(std::string_view source, int line)
{
    const std::string text = lineOf(source, line);
    return text.empty() ? fmt::format("line {}", line) : fmt::format("line {}: `{}`", line, text);
}

std::string ratioText(const Interval& interval)
{
    return fmt::format("{:.2f}× [{:.2f}, {:.2f}]", interval.estimate, interval.low, interval.high);
}

std::string timeText(const Interval& interval)
{
    return fmt::format("{} [{}, {}]", numberText("time_us", interval.estimate), numberText("", interval.low),
                       numberText("", interval.high));
}

std::string diffText(const std::string& before, const std::string& after, std::size_t most)
{
    const auto lineCount = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
    if (lineCount(before) + lineCount(after) > kMostComparedLines)
        return fmt::format("({} lines became {}: too long to compare)\n", lineCount(before), lineCount(after));
    const auto diff = lineDiff(before, after);
    const auto isChange = [&](std::size_t i) { return i < diff.size() && diff[i].kind != DiffLine::Kind::Same; };
    std::string text;
    std::size_t shown = 0;
    std::size_t next = 0;
    std::size_t missing = 0;
    for (std::size_t i = 0; i < diff.size(); ++i) {
        if (!isChange(i) && !isChange(i + 1) && (i == 0 || !isChange(i - 1)))
            continue;
        if (shown >= most) {
            ++missing;
            continue;
        }
        if (next != i)
            text += fmt::format("@@ line {}\n", std::max(diff[i].oldLine, 1));
        text += diffLine(diff[i]);
        next = i + 1;
        ++shown;
    }
    if (missing > 0)
        text += fmt::format("… {} more lines of this difference are left out\n", missing);
    return text;
}

}  // namespace warploom
