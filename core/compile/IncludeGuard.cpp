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
/// Trigraphs count in C++14 only, so that both readings have to be looked at.
class JoinedText {
public:
    JoinedText(std::string_view source, bool withTrigraphs)
        : m_source(source)
        , m_withTrigraphs(withTrigraphs)
    {
        m_text.reserve(source.size());
        for (std::size_t i = 0; i < source.size(); ++i) {
            if (const std::size_t length = spliceLength(i); length != 0) {
                i += length - 1;
                continue;
            }
            m_offsets.push_back(i);
            const bool isHash = withTrigraphs && source.substr(i).starts_with("?\?=");
            m_text += isHash ? '#' : source[i];
            i += isHash ? 2 : 0;
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
        std::string_view rest = m_source.substr(i);
        const std::size_t backslash = rest.starts_with('\\') ? 1 : m_withTrigraphs && rest.starts_with("?\?/") ? 3 : 0;
        rest.remove_prefix(backslash);
        if (backslash == 0 || rest.empty())
            return 0;
        if (rest.front() == '\n')
            return backslash + 1;
        return rest.starts_with("\r\n") ? backslash + 2 : 0;
    }

    std::string_view m_source;
    bool m_withTrigraphs;
    std::string m_text;
    std::vector<std::size_t> m_offsets;
};

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f'; }
bool isLineEnd(char c) { return c == '\n' || c == '\r'; }
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isQuestionPart(char c) { return isLetter(c) || isDigit(c) || (c >= 'A' && c <= 'Z'); }

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

std::size_t skipDigits(std::string_view text, std::size_t position)
{
    while (position < text.size() && isDigit(text[position]))
        ++position;
    return position;
}

/// Why a file may not be named by what stands at the start of \p operand; empty when it is fine.
std::string objectionTo(std::string_view operand, std::string_view what)
{
    const char close = operand.starts_with('<') ? '>' : '"';
    if (!operand.starts_with('<') && !operand.starts_with('"'))
        return fmt::format("the file of {} must be written out, not computed by a macro", what);
    const std::string_view name = operand.substr(1, operand.find_first_of(std::string{close, '\n', '\r'}, 1) - 1);
    const bool climbs =
        name == ".." || name.starts_with("../") || name.ends_with("/..") || name.find("/../") != std::string_view::npos;
    if (name.starts_with('/') || climbs)
        return fmt::format("\"{}\" lies outside of the include path", name);
    return {};
}

struct Objection {
    std::size_t position = 0;
    std::string message;
};

/// Looks through one reading of a source.
class IncludeScan {
public:
    explicit IncludeScan(std::string_view text)
        : m_text(text)
    {
    }

    [[nodiscard]] std::optional<Objection> run() const
    {
        for (std::size_t i = 0; i < m_text.size(); ++i) {
            std::optional<Objection> found;
            if (const std::size_t hash = hashLength(m_text, i); hash != 0 && canStartDirective(m_text, i))
                found = inDirective(skipBlanksAndComments(m_text, i + hash));
            else if (m_text.substr(i).starts_with("__has_"))
                found = inQuestion(i);
            if (found)
                return found;
        }
        return std::nullopt;
    }

private:
    [[nodiscard]] std::optional<Objection> check(std::size_t operand, std::string_view what) const
    {
        if (operand >= m_text.size())
            return std::nullopt;
        std::string message = objectionTo(m_text.substr(operand), what);
        return message.empty() ? std::nullopt : std::optional(Objection{operand, std::move(message)});
    }

    [[nodiscard]] std::optional<Objection> inDirective(std::size_t start) const
    {
        std::size_t end = start;
        while (end < m_text.size() && isLetter(m_text[end]))
            ++end;
        const std::string_view directive = m_text.substr(start, end - start);
        const std::size_t operand = skipBlanksAndComments(m_text, end);
        if (directive == "include" || directive == "include_next" || directive == "import" || directive == "embed")
            return check(operand, "an #include");
        if (directive == "line" || (directive.empty() && isDigitAt(operand)))
            return inLineMarker(operand);
        return std::nullopt;
    }

    [[nodiscard]] bool isDigitAt(std::size_t position) const
    {
        return position < m_text.size() && isDigit(m_text[position]);
    }

    /// `#line 7 "file"` and `# 7 "file"`: the compiler looks the file up and writes its size and date into the PTX.
    [[nodiscard]] std::optional<Objection> inLineMarker(std::size_t number) const
    {
        const std::size_t operand = skipBlanksAndComments(m_text, skipDigits(m_text, number));
        if (operand >= m_text.size() || isLineEnd(m_text[operand]) || m_text.substr(operand).starts_with("//"))
            return std::nullopt;
        return check(operand, "a #line");
    }

    /// `__has_include(…)` tells whether a file exists. Without brackets it could be hidden in a macro; only tests
    /// whether it is there at all are fine.
    [[nodiscard]] std::optional<Objection> inQuestion(std::size_t start) const
    {
        std::size_t end = start;
        while (end < m_text.size() && isQuestionPart(m_text[end]))
            ++end;
        const std::string_view name = m_text.substr(start, end - start);
        const bool isName = start == 0 || !isQuestionPart(m_text[start - 1]);
        if (!isName || (name != "__has_include" && name != "__has_include_next" && name != "__has_embed"))
            return std::nullopt;
        const std::size_t bracket = skipBlanksAndComments(m_text, end);
        if (bracket < m_text.size() && m_text[bracket] == '(')
            return check(skipBlanksAndComments(m_text, bracket + 1), name);
        if (asksWhetherDefined(start))
            return std::nullopt;
        return Objection{start, fmt::format("{} must be followed by the file it asks for", name)};
    }

    [[nodiscard]] bool asksWhetherDefined(std::size_t position) const
    {
        std::string_view before = m_text.substr(0, position);
        while (!before.empty() && (isBlank(before.back()) || before.back() == '('))
            before.remove_suffix(1);
        return before.ends_with("defined") || before.ends_with("ifdef") || before.ends_with("ifndef");
    }

    std::string_view m_text;
};

std::optional<Diagnostic> scan(std::string_view source, bool withTrigraphs)
{
    const JoinedText joined(source, withTrigraphs);
    auto found = IncludeScan(joined.text()).run();
    if (!found)
        return std::nullopt;
    return Diagnostic{Diagnostic::Severity::Error, joined.placeOf(found->position), {}, std::move(found->message), {}};
}

}  // namespace

std::optional<Diagnostic> findForbiddenInclude(std::string_view source)
{
    if (auto found = scan(source, false))
        return found;
    return source.find("?\?") == std::string_view::npos ? std::nullopt : scan(source, true);
}

}  // namespace warploom
