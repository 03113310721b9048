// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/answer/WholeFile.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "agent/answer/AnswerText.h"
#include "base/Trim.h"
#include "variant/Directives.h"

namespace warploom {

namespace {

constexpr std::string_view kDirective = "warploom:";

/// The text behind "// warploom:"; empty for an ordinary line.
std::string_view directiveText(std::string_view line)
{
    line = trimmed(line);
    if (!line.starts_with("//"))
        return {};
    line = trimmed(line.substr(2));
    return line.starts_with(kDirective) ? trimmed(line.substr(kDirective.size())) : std::string_view();
}

bool beginsCode(std::string_view line)
{
    static constexpr std::array<std::string_view, 13> kBeginnings{
        "//",         "/*",         "#",       "extern ", "template", "__",    "using ",
        "namespace ", "constexpr ", "static ", "struct ", "typedef ", "const "};
    line = trimmed(line);
    return std::any_of(kBeginnings.begin(), kBeginnings.end(),
                       [line](std::string_view beginning) { return line.starts_with(beginning); });
}

bool endsCode(std::string_view line)
{
    line = trimmed(line);
    return line.ends_with('}') || line.ends_with(';') || line.starts_with("//") || line.starts_with('#')
        || line.ends_with("*/");
}

/// Names that may stand once in a plan only: what a second such line would break.
bool namesSomething(std::string_view directive)
{
    return directive.starts_with("tune ") || directive.starts_with("let ") || directive.starts_with("scratch ");
}

/// Which directives of \p lines say again what the plan has already: names given twice, and a plan that stands there
/// twice as a whole.
std::vector<bool> repeatedDirectives(const std::vector<std::string_view>& lines)
{
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (!directiveText(lines[i]).empty())
            places.push_back(i);
    const auto textAt = [&](std::size_t number) { return directiveText(lines[places[number]]); };
    const std::size_t half = places.size() / 2;
    bool isTwice = places.size() >= 2 && places.size() % 2 == 0;
    for (std::size_t i = 0; i < half && isTwice; ++i)
        isTwice = textAt(i) == textAt(half + i);
    std::vector<bool> repeated(lines.size(), false);
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < places.size(); ++i)
        repeated[places[i]] = (isTwice && i >= half) || (namesSomething(textAt(i)) && !seen.insert(textAt(i)).second);
    return repeated;
}

std::string withoutRepeated(const std::string& source, std::vector<std::string>& notes)
{
    const auto lines = splitLines(source);
    const auto repeated = repeatedDirectives(lines);
    if (std::find(repeated.begin(), repeated.end(), true) == repeated.end())
        return source;
    notes.emplace_back("directives that stood there twice were dropped");
    std::string result;
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (!repeated[i])
            result.append(lines[i]).append(1, '\n');
    return result;
}

std::string directivesOf(std::string_view source)
{
    std::string text;
    for (const std::string_view line : splitLines(source))
        if (!directiveText(line).empty())
            text.append(trimmed(line)).append(1, '\n');
    return text;
}

/// Whether every kernel that the directives launch stands in \p source.
bool holdsKernels(const std::string& directives, std::string_view source)
{
    const auto parsed = parseDirectives(directives, "parent");
    if (!parsed || parsed->empty())
        return false;
    return std::all_of(parsed->steps.begin(), parsed->steps.end(), [source](const StepDirective& step) {
        const auto* launch = std::get_if<LaunchDirective>(&step);
        return launch == nullptr
            || source.find(launch->kernel.substr(0, launch->kernel.find('<'))) != std::string_view::npos;
    });
}

/// Walks over code and leaves comments and literals out.
class BraceCounter {
public:
    explicit BraceCounter(std::string_view source)
        : m_source(source)
    {
    }

    int run()
    {
        int open = 0;
        while (m_at < m_source.size()) {
            const char c = m_source[m_at];
            if (m_source.substr(m_at, 2) == "//")
                skipTo("\n");
            else if (m_source.substr(m_at, 2) == "/*")
                skipTo("*/");
            else if (c == '"' || (c == '\'' && !isDigitSeparator()))
                skipLiteral(c);
            else
                open += braceAt(m_at++);
        }
        return open;
    }

private:
    [[nodiscard]] int braceAt(std::size_t at) const { return m_source[at] == '{' ? 1 : m_source[at] == '}' ? -1 : 0; }

    [[nodiscard]] bool isDigitSeparator() const
    {
        return m_at > 0 && std::isalnum(static_cast<unsigned char>(m_source[m_at - 1])) != 0;
    }

    void skipTo(std::string_view end)
    {
        const std::size_t found = m_source.find(end, m_at + 2);
        m_at = found == std::string_view::npos ? m_source.size() : found + end.size();
    }

    void skipLiteral(char quote)
    {
        for (++m_at; m_at < m_source.size() && m_source[m_at] != quote && m_source[m_at] != '\n'; ++m_at)
            m_at += m_source[m_at] == '\\' ? 1 : 0;
        ++m_at;
    }

    std::string_view m_source;
    std::size_t m_at = 0;
};

}  // namespace

bool hasKernel(std::string_view text) { return text.find("__global__") != std::string_view::npos; }

bool hasDirective(std::string_view text)
{
    const auto lines = splitLines(text);
    return std::any_of(lines.begin(), lines.end(), [](std::string_view line) { return !directiveText(line).empty(); });
}

std::optional<std::string> fileInProse(const std::vector<std::string>& prose)
{
    const auto first = std::find_if(prose.begin(), prose.end(), beginsCode);
    const auto last = std::find_if(prose.rbegin(), prose.rend(), endsCode).base();
    std::string text;
    for (auto line = first; line < last; ++line)
        text.append(*line).append(1, '\n');
    if (!hasKernel(text) || !hasDirective(text))
        return std::nullopt;
    return text;
}

int openBraces(std::string_view source) { return BraceCounter(source).run(); }

std::string withWholePlan(const std::string& source, std::string_view parent, std::vector<std::string>& notes)
{
    if (hasDirective(source))
        return withoutRepeated(source, notes);
    const std::string directives = directivesOf(parent);
    if (!hasKernel(source) || !holdsKernels(directives, source))
        return source;
    notes.emplace_back("the file had no directives: the parent's were put in front");
    return directives + "\n" + source;
}

}  // namespace warploom
