// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/answer/UnifiedDiff.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "agent/answer/AnswerText.h"

namespace warploom {

namespace {

bool isHunkHead(std::string_view line) { return line.starts_with("@@"); }

/// Before the first hunk; within one, "--- x" may well be a line that is taken out.
bool isFileHead(std::string_view line)
{
    for (const std::string_view head : {"--- ", "+++ ", "diff ", "index "})
        if (line.starts_with(head))
            return true;
    return false;
}

/// The first line of `@@ -12,4 +12,6 @@`; 0 where it has none.
int firstLineOf(std::string_view head)
{
    const std::size_t minus = head.find('-');
    int line = 0;
    if (minus != std::string_view::npos)
        std::from_chars(head.data() + minus + 1, head.data() + head.size(), line);
    return std::max(line, 0);
}

void addLine(SourceEdit& edit, std::string_view line)
{
    if (line.starts_with('\\'))
        return;  // "\ No newline at end of file"
    const char sign = line.empty() ? ' ' : line.front();
    // A context line may have lost its blank.
    const std::string_view text = sign == '+' || sign == '-' || sign == ' ' ? line.substr(line.empty() ? 0 : 1) : line;
    if (sign != '+')
        edit.search.append(text).append(1, '\n');
    if (sign != '-')
        edit.replace.append(text).append(1, '\n');
}

void keep(std::vector<SourceEdit>& edits, SourceEdit edit)
{
    if (edit.search == edit.replace)
        return;
    // What only adds stands behind the line that its head names.
    if (edit.search.empty())
        ++edit.nearLine;
    edits.push_back(std::move(edit));
}

}  // namespace

bool hasHunks(std::string_view text)
{
    const auto lines = splitLines(text);
    return std::any_of(lines.begin(), lines.end(), isHunkHead);
}

std::vector<SourceEdit> editsOfDiff(std::string_view text)
{
    std::vector<SourceEdit> edits;
    SourceEdit edit;
    bool isBefore = true;
    for (const std::string_view line : splitLines(text)) {
        if (isHunkHead(line)) {
            keep(edits, std::exchange(edit, SourceEdit{{}, {}, firstLineOf(line)}));
            isBefore = false;
        } else if (!isBefore || !isFileHead(line)) {
            addLine(edit, line);
        }
    }
    keep(edits, std::move(edit));
    return edits;
}

}  // namespace warploom
