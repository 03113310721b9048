// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/IncludeGuard.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace warploom {

namespace {

/// Joins lines that end in a backslash, as the preprocessor does first, and remembers where each character came from.
class JoinedText {
public:
    explicit JoinedText(std::string_view source)
        : m_source(source)
    {
        m_text.reserve(source.size());
        for (std::size_t i = 0; i < source.size(); ++i) {
            if (const std::size_t length = spliceLength(i); length != 0) {
                i += length - 1;
                continue;
            }
            m_text += source[i];
            m_offsets.push_back(i);
        }
    }

    [[nodiscard]] std::string_view text() const { return m_text; }

    [[nodiscard]] SourcePlace placeOf(std::size_t position) const
    {
        const std::string_view before = m_source.substr(0, m_offsets[position]);
        const auto lineStart = before.rfind('\n');
        const std::size_t column = lineStart == std::string_view::npos ? before.size() : before.size() - lineStart - 1;
        return {{}, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1, static_cast<int>(column) + 1};
    }

private:
    [[nodiscard]] std::size_t spliceLength(std::size_t i) const
    {
        const std::string_view rest = m_source.substr(i);
        if (rest.starts_with("\\\n"))
            return 2;
        return rest.starts_with("\\\r\n") ? 3 : 0;
    }

    std::string_view m_source;
    std::string m_text;
    std::vector<std::size_t> m_offsets;
};

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f'; }
bool isLineEnd(char c) { return c == '\n' || c == '\r'; }
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }

/// Length of the '#' or its digraph at \p position, 0 for anything else.
std::size_t hashLength(std::string_view text, std::size_t position)
{
    if (text[position] == '#')
        return 1;
    return text.substr(position).starts_with("%:") ? 2 : 0;
}

/// Whether a directive may start here: only blanks and comments stand before it on its line. Text after the end of a
/// comment counts as the start of a line, since the comment may have begun lines above.
bool canStartDirective(std::string_view text, std::size_t position)
{
    while (position > 0) {
        const char previous = text[position - 1];
        if (isLineEnd(previous))
            return true;
        if (previous == '/' && position > 1 && text[position - 2] == '*')
            return true;
        if (!isBlank(previous))
            return false;
        --position;
    }
    return true;
}

std::size_t skipBlanksAndComments(std::string_view text, std::size_t position)
{
    while (position < text.size()) {
        if (isBlank(text[position])) {
            ++position;
        } else if (text.substr(position).starts_with("/*")) {
            const auto end = text.find("*/", position + 2);
            position = end == std::string_view::npos ? text.size() : end + 2;
        } else {
            break;
        }
    }
    return position;
}

/// Why an include of what stands at \p position is refused; empty when it is fine.
std::string objectionTo(std::string_view operand)
{
    const char close = operand.starts_with('<') ? '>' : '"';
    if (!operand.starts_with('<') && !operand.starts_with('"'))
        return "the file of an #include must be written out, not computed by a macro";
    const std::string_view name = operand.substr(1, operand.find_first_of(std::string{close, '\n', '\r'}, 1) - 1);
    const bool climbs =
        name == ".." || name.starts_with("../") || name.ends_with("/..") || name.find("/../") != std::string_view::npos;
    if (name.starts_with('/') || climbs)
        return fmt::format("\"{}\" lies outside of the include path", name);
    return {};
}

}  // namespace

std::optional<Diagnostic> findForbiddenInclude(std::string_view source)
{
    const JoinedText joined(source);
    const std::string_view text = joined.text();
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t hash = hashLength(text, i);
        if (hash == 0 || !canStartDirective(text, i))
            continue;
        const std::size_t start = skipBlanksAndComments(text, i + hash);
        std::size_t end = start;
        while (end < text.size() && isLetter(text[end]))
            ++end;
        const std::string_view directive = text.substr(start, end - start);
        if (directive != "include" && directive != "include_next" && directive != "import" && directive != "embed")
            continue;
        const std::size_t operand = skipBlanksAndComments(text, end);
        if (operand >= text.size())
            continue;
        std::string objection = objectionTo(text.substr(operand));
        if (!objection.empty())
            return Diagnostic{Diagnostic::Severity::Error, joined.placeOf(operand), {}, std::move(objection), {}};
    }
    return std::nullopt;
}

}  // namespace warploom
