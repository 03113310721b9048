// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "variant/SourceText.h"

#include <algorithm>
#include <cctype>

#include "base/Hash.h"

namespace warploom {

namespace {

bool isBlank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool isWordPart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

/// Copies a source token by token, dropping comments and needless space.
class Normaliser {
public:
    explicit Normaliser(const std::string& source)
        : m_source(source)
    {
    }

    std::string run()
    {
        while (m_at < m_source.size())
            step();
        return std::move(m_result);
    }

private:
    [[nodiscard]] bool at(std::string_view token) const
    {
        return std::string_view(m_source).substr(m_at).starts_with(token);
    }

    void step()
    {
        const char c = m_source[m_at];
        if (c == '\n' || isBlank(c)) {
            m_pendingLine = m_pendingLine || (c == '\n' && m_keepsLine);
            m_pendingSpace = true;
            m_keepsLine = m_keepsLine && c != '\n';
            ++m_at;
        } else if (at("//")) {
            lineComment();
        } else if (at("/*")) {
            const std::size_t end = m_source.find("*/", m_at + 2);
            m_at = end == std::string::npos ? m_source.size() : end + 2;
            m_pendingSpace = true;
        } else if (c == '"' || c == '\'') {
            quoted(c);
        } else {
            // Preprocessor lines end at their line break: it must survive.
            m_keepsLine = m_keepsLine || c == '#';
            put(c);
            ++m_at;
        }
    }

    void lineComment()
    {
        const std::size_t end = std::min(m_source.find('\n', m_at), m_source.size());
        std::size_t text = m_at + 2;
        while (text < end && isBlank(m_source[text]))
            ++text;
        if (m_source.compare(text, 9, "warploom:") == 0) {
            m_result += "\n//";
            for (std::size_t i = text; i < end && m_source.compare(i, 2, "//") != 0; ++i) {
                if (!isBlank(m_source[i]))
                    m_result += m_source[i];
                else if (!m_result.empty() && m_result.back() != ' ')
                    m_result += ' ';
            }
            while (m_result.back() == ' ')
                m_result.pop_back();
            m_pendingLine = true;
        }
        m_at = end;
    }

    void quoted(char quote)
    {
        put(quote);
        for (++m_at; m_at < m_source.size(); ++m_at) {
            const char c = m_source[m_at];
            m_result += c;
            if (c == '\\' && m_at + 1 < m_source.size())
                m_result += m_source[++m_at];
            else if (c == quote || c == '\n')
                break;
        }
        m_at = std::min(m_at + 1, m_source.size());
    }

    void put(char c)
    {
        if (m_pendingLine && !m_result.empty())
            m_result += '\n';
        else if (m_pendingSpace && !m_result.empty() && needsSpace(m_result.back(), c))
            m_result += ' ';
        m_pendingLine = m_pendingSpace = false;
        m_result += c;
    }

    // Words would merge, and so would operators such as "+ +".
    static bool needsSpace(char before, char after)
    {
        return isWordPart(before) == isWordPart(after) && (isWordPart(after) || before == after || after == '=');
    }

    const std::string& m_source;
    std::string m_result;
    std::size_t m_at = 0;
    bool m_pendingSpace = false;
    bool m_pendingLine = false;
    bool m_keepsLine = false;
};

std::vector<std::string> linesOf(const std::string& text)
{
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

/// Furthest x of every diagonal after each number of edits.
std::vector<std::vector<int>> shortestEdits(const std::vector<std::string>& before,
                                            const std::vector<std::string>& after)
{
    const int n = static_cast<int>(before.size());
    const int m = static_cast<int>(after.size());
    const auto middle = static_cast<std::size_t>(n + m + 1);
    std::vector<int> furthest(2 * middle + 1, 0);
    std::vector<std::vector<int>> trace;
    for (int edits = 0; edits <= n + m; ++edits) {
        trace.push_back(furthest);
        for (int k = -edits; k <= edits; k += 2) {
            const auto at = [&furthest, middle](int diagonal) -> int& {
                return furthest[static_cast<std::size_t>(static_cast<int>(middle) + diagonal)];
            };
            int x = (k == -edits || (k != edits && at(k - 1) < at(k + 1))) ? at(k + 1) : at(k - 1) + 1;
            int y = x - k;
            while (x < n && y < m && before[static_cast<std::size_t>(x)] == after[static_cast<std::size_t>(y)]) {
                ++x;
                ++y;
            }
            at(k) = x;
            if (x >= n && y >= m)
                return trace;
        }
    }
    return trace;
}

}  // namespace

std::string normalisedSource(const std::string& source) { return Normaliser(source).run(); }

std::string sourceHash(const std::string& source) { return contentHash(normalisedSource(source)); }

std::vector<DiffLine> lineDiff(const std::string& before, const std::string& after)
{
    const auto oldLines = linesOf(before);
    const auto newLines = linesOf(after);
    const auto trace = shortestEdits(oldLines, newLines);
    const auto middle = static_cast<int>(oldLines.size() + newLines.size() + 1);
    std::vector<DiffLine> reversed;
    int x = static_cast<int>(oldLines.size());
    int y = static_cast<int>(newLines.size());
    const auto same = [&] {
        --x;
        --y;
        reversed.push_back({DiffLine::Kind::Same, x + 1, y + 1, oldLines[static_cast<std::size_t>(x)]});
    };
    for (int edits = static_cast<int>(trace.size()) - 1; edits >= 0; --edits) {
        const auto& furthest = trace[static_cast<std::size_t>(edits)];
        const auto at = [&](int k) { return furthest[static_cast<std::size_t>(middle + k)]; };
        const int k = x - y;
        const int previous = (k == -edits || (k != edits && at(k - 1) < at(k + 1))) ? k + 1 : k - 1;
        const int previousX = edits == 0 ? 0 : at(previous);
        const int previousY = edits == 0 ? 0 : previousX - previous;
        while (x > previousX && y > previousY)
            same();
        if (edits == 0)
            break;
        if (x > previousX) {
            --x;
            reversed.push_back({DiffLine::Kind::Removed, x + 1, 0, oldLines[static_cast<std::size_t>(x)]});
        } else if (y > previousY) {
            --y;
            reversed.push_back({DiffLine::Kind::Added, 0, y + 1, newLines[static_cast<std::size_t>(y)]});
        }
    }
    std::reverse(reversed.begin(), reversed.end());
    return reversed;
}

}  // namespace warploom
