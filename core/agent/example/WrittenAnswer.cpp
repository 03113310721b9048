// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/example/WrittenAnswer.h"

#include <algorithm>
#include <utility>

namespace warploom {

namespace {

constexpr std::string_view kFrontMatter = "---";
constexpr std::string_view kKeys = "task, changes, repairs or baseline";

std::string_view withoutBlanks(std::string_view text)
{
    constexpr std::string_view kBlanks = " \t\r";
    const auto begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// The lines of a file, one after the other.
class FileLines {
public:
    FileLines(std::string_view text, std::string file)
        : m_rest(text)
        , m_file(std::move(file))
    {
    }

    [[nodiscard]] bool atEnd() const { return m_rest.empty(); }
    [[nodiscard]] std::string_view rest() const { return m_rest; }

    std::string_view next()
    {
        const std::size_t end = std::min(m_rest.size(), m_rest.find('\n'));
        const std::string_view line = m_rest.substr(0, end);
        m_rest.remove_prefix(std::min(m_rest.size(), end + 1));
        ++m_line;
        return withoutBlanks(line);
    }

    [[nodiscard]] tl::unexpected<Error> wrong(std::string message, std::string_view expected,
                                              std::string_view found) const
    {
        return fail(Error{ErrorCode::InvalidInput,
                          std::move(message),
                          {m_file, m_line, 0},
                          std::string(expected),
                          found.empty() ? "nothing" : std::string(found)});
    }

private:
    std::string_view m_rest;
    const std::string m_file;
    int m_line = 0;
};

Result<> readEntry(WrittenAnswer& answer, const FileLines& lines, std::string_view line)
{
    const auto colon = line.find(':');
    const std::string_view key = withoutBlanks(line.substr(0, colon));
    const std::string_view value = colon == std::string_view::npos ? "" : withoutBlanks(line.substr(colon + 1));
    const bool repairs = key == "repairs";
    std::string* place = key == "task" ? &answer.task
        : key == "baseline"            ? &answer.baseline
        : repairs || key == "changes"  ? &answer.after
                                       : nullptr;
    if (place == nullptr)
        return lines.wrong("unknown key", kKeys, key);
    if (!place->empty())
        return lines.wrong("the key stands there twice", "each key once, and one of changes and repairs", key);
    if (value.empty())
        return lines.wrong("the value is missing", "key: value", line);
    *place = value;
    answer.repairs = answer.repairs || repairs;
    return {};
}

/// What the keys say together.
Result<> checkEntries(const WrittenAnswer& answer, const FileLines& lines)
{
    if (answer.task.empty() || answer.after.empty())
        return lines.wrong("it is not said what the answer is for", "task, and changes or repairs", "");
    const bool isFirst = answer.after == kAfterBaseline;
    if (isFirst && answer.repairs)
        return lines.wrong("a baseline is right: nothing is to be mended", "changes: baseline", "repairs: baseline");
    if (isFirst == answer.baseline.empty())
        return lines.wrong("the baseline's hash belongs to the answers that change the baseline, and to those only",
                           "baseline: hash of the source", answer.baseline);
    return {};
}

}  // namespace

Result<WrittenAnswer> parseWrittenAnswer(const std::string& id, std::string_view text, const std::string& file)
{
    WrittenAnswer answer;
    answer.id = id;
    FileLines lines(text, file);
    if (const auto first = lines.next(); first != kFrontMatter)
        return lines.wrong("the answer does not begin with its front matter", kFrontMatter, first);
    for (;;) {
        if (lines.atEnd())
            return lines.wrong("the front matter does not end", kFrontMatter, "the end of the file");
        const std::string_view line = lines.next();
        if (line == kFrontMatter)
            break;
        if (!line.empty())
            WARPLOOM_CHECK(readEntry(answer, lines, line));
    }
    WARPLOOM_CHECK(checkEntries(answer, lines));
    answer.text = lines.rest().substr(std::min(lines.rest().size(), lines.rest().find_first_not_of("\r\n")));
    if (withoutBlanks(answer.text).empty())
        return lines.wrong("the answer has no text", "what the agent says", "");
    return answer;
}

}  // namespace warploom
