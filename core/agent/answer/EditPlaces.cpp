// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/answer/EditPlaces.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "agent/answer/AnswerText.h"
#include "agent/answer/LineLikeness.h"
#include "base/Trim.h"

namespace warploom {

namespace {

/// More lines of a search block are not compared to say where it parts from the source.
constexpr std::size_t kComparedLines = 50;
constexpr std::size_t kComparedPlaces = 200;
constexpr std::size_t kQuoted = 160;

std::string quoted(std::string_view line) { return fmt::format("`{}`", shortened(trimmed(line), kQuoted)); }

/// The lines without blank ones at both ends.
std::span<const std::string_view> withoutBlankEnds(std::span<const std::string_view> lines)
{
    while (!lines.empty() && trimmed(lines.front()).empty())
        lines = lines.subspan(1);
    while (!lines.empty() && trimmed(lines.back()).empty())
        lines = lines.first(lines.size() - 1);
    return lines;
}

/// \p replace as it has to be indented where \p wanted stands in the place of \p written.
std::string reindented(std::span<const std::string_view> replace, std::string_view written, std::string_view wanted)
{
    std::string text;
    for (std::string_view line : replace) {
        if (!trimmed(line).empty() && wanted.size() > written.size())
            text += wanted.substr(written.size());
        if (written.size() > wanted.size())
            line.remove_prefix(std::min(written.size() - wanted.size(), indentOf(line).size()));
        text += line;
        text += '\n';
    }
    return text;
}

/// Keeps the place that is nearest to the line that the edit names, where it names one.
void keepNearest(EditPlaces& found, const EditedSource& source, int nearLine)
{
    if (nearLine <= 0 || found.places.size() < 2)
        return;
    const auto distance = [&](const EditPlace& place) { return std::abs(source.lineAt(place.begin) - nearLine); };
    const auto nearest =
        std::min_element(found.places.begin(), found.places.end(),
                         [&](const EditPlace& one, const EditPlace& other) { return distance(one) < distance(other); });
    found.places = {EditPlace(*nearest)};
}

}  // namespace

EditedSource::EditedSource(std::string_view text)
    : m_text(text)
    , m_lines(splitLines(text))
    , m_exact(m_lines, false)
    , m_trimmed(m_lines, true)
{
}

int EditedSource::lineAt(std::size_t byte) const
{
    const auto after = std::upper_bound(m_lines.begin(), m_lines.end(), m_text.data() + byte,
                                        [](const char* at, std::string_view line) { return at < line.data(); });
    return static_cast<int>(after - m_lines.begin());
}

EditPlace EditedSource::wholeLines(std::size_t first, std::size_t count, std::string_view replace) const
{
    const auto offset = [this](std::size_t line) {
        return line < m_lines.size() ? static_cast<std::size_t>(m_lines[line].data() - m_text.data()) : m_text.size();
    };
    EditPlace place{offset(first), offset(first + count), std::string(replace)};
    if (!place.text.empty() && place.text.back() != '\n')
        place.text += '\n';
    return place;
}

EditPlaces EditedSource::insertionOf(const SourceEdit& edit) const
{
    if (edit.nearLine <= 0)
        return {};
    const std::size_t before = std::min(static_cast<std::size_t>(edit.nearLine - 1), m_lines.size());
    return {{wholeLines(before, 0, edit.replace)}, {}};
}

EditPlaces EditedSource::whateverBlanks(const SourceEdit& edit, std::span<const std::string_view> search) const
{
    const auto core = withoutBlankEnds(search);
    if (core.empty())
        return {};
    std::vector<std::string_view> lines = splitLines(edit.replace);
    std::span<const std::string_view> replace = lines;
    const auto blankBefore = static_cast<std::size_t>(core.data() - search.data());
    for (std::size_t i = 0; i < blankBefore && !replace.empty() && trimmed(replace.front()).empty(); ++i)
        replace = replace.subspan(1);
    EditPlaces found;
    for (const std::size_t first : m_trimmed.find(core, m_lines.size()))
        found.places.push_back(
            wholeLines(first, core.size(), reindented(replace, indentOf(core.front()), indentOf(m_lines[first]))));
    found.note = "lines were found that differ in blanks";
    return found;
}

EditPlaces EditedSource::partsOfLines(const SourceEdit& edit) const
{
    std::string_view search = edit.search;
    std::string_view replace = edit.replace;
    // A block of one line ends in a line end that a part of a line has not.
    if (search.find('\n') + 1 == search.size()) {
        search.remove_suffix(1);
        replace.remove_suffix(replace.ends_with('\n') ? 1 : 0);
    }
    EditPlaces found;
    if (trimmed(search).empty())
        return found;
    for (const std::size_t at : occurrencesOf<char>(search, m_text, m_text.size()))
        found.places.push_back({at, at + search.size(), std::string(replace)});
    found.note = "a part of a line was replaced";
    return found;
}

EditPlaces EditedSource::find(const SourceEdit& edit) const
{
    const std::vector<std::string_view> search = splitLines(edit.search);
    if (search.empty())
        return insertionOf(edit);
    EditPlaces found;
    for (const std::size_t first : m_exact.find(search, m_lines.size()))
        found.places.push_back(wholeLines(first, search.size(), edit.replace));
    if (found.places.empty())
        found = whateverBlanks(edit, search);
    if (found.places.empty())
        found = partsOfLines(edit);
    keepNearest(found, *this, edit.nearLine);
    return found;
}

std::string EditedSource::nearestTo(std::string_view line) const
{
    const auto nearest = mostAlike(line, m_lines);
    return nearest ? fmt::format("; the nearest is line {}: {}", *nearest + 1, quoted(m_lines[*nearest]))
                   : std::string();
}

std::string EditedSource::whereLinesPart(std::span<const std::string_view> search) const
{
    std::size_t bestPlace = 0;
    std::size_t bestLength = 0;
    search = search.first(std::min(search.size(), kComparedLines));
    for (const std::size_t place : m_trimmed.find(search.first(1), kComparedPlaces)) {
        std::size_t length = 0;
        while (length < search.size() && place + length < m_lines.size()
               && trimmed(m_lines[place + length]) == trimmed(search[length]))
            ++length;
        if (length > bestLength)
            std::tie(bestPlace, bestLength) = std::pair(place, length);
    }
    if (bestLength == 0 || bestLength == search.size())
        return "its lines do not follow one another in the source";
    const std::size_t next = bestPlace + bestLength;
    return fmt::format("behind line {} the source has {} where the block has {}", next,
                       next < m_lines.size() ? quoted(m_lines[next]) : "its end", quoted(search[bestLength]));
}

std::string EditedSource::whyNotFound(const SourceEdit& edit) const
{
    const std::vector<std::string_view> lines = splitLines(edit.search);
    const auto search = withoutBlankEnds(lines);
    if (search.empty())
        return "its search part is empty: quote the lines that are to be replaced";
    for (const std::string_view line : search)
        if (!m_trimmed.contains(line))
            return fmt::format("its line {} stands nowhere in the source{}", quoted(line), nearestTo(line));
    return whereLinesPart(search);
}

}  // namespace warploom
