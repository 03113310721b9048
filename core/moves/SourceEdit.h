// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warploom {

/// Half-open range of byte offsets into the source.
struct TextRange {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] std::size_t size() const { return end - begin; }
    [[nodiscard]] bool contains(const TextRange& other) const { return begin <= other.begin && other.end <= end; }
    friend auto operator<=>(const TextRange&, const TextRange&) = default;
};

/// A range and what stands there instead.
struct Replacement {
    TextRange range;
    std::string text;
};

/// Changes of one text, given in offsets of the original in any order. Insertions at one offset keep their order.
class SourceEdit {
public:
    explicit SourceEdit(std::string_view original)
        : m_original(original)
    {
    }

    void replace(TextRange range, std::string text) { m_replacements.push_back({range, std::move(text)}); }
    void insert(std::size_t offset, std::string text) { replace({offset, offset}, std::move(text)); }
    void remove(TextRange range) { replace(range, {}); }
    /// Removes \p range and, when nothing else stands on its lines, the lines.
    void removeWithLine(TextRange range);
    [[nodiscard]] bool isEmpty() const { return m_replacements.empty(); }

    /// The changed text; nothing when two changes overlap.
    [[nodiscard]] std::optional<std::string> apply() const;

private:
    std::string_view m_original;
    std::vector<Replacement> m_replacements;
};

/// The text of \p range with those of \p replacements that lie within it applied (they must not overlap).
std::string rewritten(std::string_view original, TextRange range, std::vector<Replacement> replacements);

/// Blanks at the start of the line that holds \p offset.
std::string indentationAt(std::string_view text, std::size_t offset);
/// \p code without its surrounding empty lines, its common indentation replaced by \p indentation, every line ended.
std::string reindented(std::string_view code, std::string_view indentation);
/// Whether \p name occurs in \p text as a whole identifier.
bool mentions(std::string_view text, std::string_view name);
/// \p text with every whole identifier \p name replaced.
std::string withIdentifier(std::string_view text, std::string_view name, std::string_view replacement);

}  // namespace warploom
